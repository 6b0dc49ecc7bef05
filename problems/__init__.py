"""Problems: functions with their data, start points and certified optima."""

from .blocks import in_blocks as in_blocks
from .blocks import in_one_block as in_one_block
from .certify.certificate import Certificate as Certificate
from .contract import ProblemError as ProblemError
from .contract import check_made as check_made
from .contract import least_loss as least_loss
from .data.examples import Examples as Examples
from .data.mapped import MappedTree as MappedTree
from .data.mapped import memory_map as memory_map
from .data.synthetic import NoSourceError as NoSourceError
from .data.tables import Table as Table
from .data.tables import read_table as read_table
from .data.tree import TreeExamples as TreeExamples
from .evaluation import evaluation as evaluation
from .from_functions import FromFunctions as FromFunctions
from .from_functions import from_functions as from_functions
from .objective import Objective as Objective
from .objective import objective as objective
from .problem import Problem as Problem
from .registry import REGISTRY as REGISTRY
from .registry import check as check
from .registry import defaults as defaults
from .registry import factory as factory
from .registry import make as make
from .registry import names as names
from .registry import without_optimum as without_optimum
