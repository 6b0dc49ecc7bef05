"""Statistics of costs: arrays in, numbers out; inf means not reached."""

from .best_of_k import best_of as best_of
from .best_of_k import chances as chances
from .break_even import BreakEven as BreakEven
from .break_even import break_evens as break_evens
from .break_even import wins as wins
from .profiles import CAP as CAP
from .profiles import areas as areas
from .profiles import areas_without as areas_without
from .profiles import convergence_level as convergence_level
from .profiles import ratios_to_best as ratios_to_best
from .profiles import share_within as share_within
from .profiles import staircase as staircase
from .ranks import RESAMPLES as RESAMPLES
from .ranks import likely_ranks as likely_ranks
from .ranks import rank_chances as rank_chances
from .ranks import ranks as ranks
from .success import holm as holm
from .success import mcnemar as mcnemar
