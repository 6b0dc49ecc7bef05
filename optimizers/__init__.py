"""Optimizers as optax transformations, usable in any optax loop."""

from factories import FactoryError as FactoryError

from .barzilai_borwein import barzilai_borwein as barzilai_borwein
from .bfgs import bfgs as bfgs
from .calculated_step import calculated_step as calculated_step
from .composed import chain as chain
from .composed import partition as partition
from .contract import NotApplicable as NotApplicable
from .contract import WithAnswer as WithAnswer
from .contract import WithLoss as WithLoss
from .contract import calls_value_fn as calls_value_fn
from .contract import failure as failure
from .contract import failure_reason as failure_reason
from .contract import needs as needs
from .delayed import delayed as delayed
from .dogleg import dogleg as dogleg
from .first_order import adam as adam
from .first_order import adamw as adamw
from .first_order import momentum as momentum
from .first_order import nesterov as nesterov
from .first_order import normalized_sgd as normalized_sgd
from .first_order import sgd as sgd
from .gauss_newton import gauss_newton as gauss_newton
from .ggn_cg import ggn_cg as ggn_cg
from .keep_stepping import keep_stepping as keep_stepping
from .keep_vaulting import keep_vaulting as keep_vaulting
from .lbfgs import lbfgs as lbfgs
from .levenberg_marquardt import levenberg_marquardt as levenberg_marquardt
from .make import GENERAL as GENERAL
from .make import arguments as arguments
from .make import check as check
from .make import factory as factory
from .make import make as make
from .make import names as names
from .make import space as space
from .masks import Mask as Mask
from .masks import arrays as arrays
from .masks import unmatched as unmatched
from .newton import newton as newton
from .newton import refuse_large as refuse_large
from .newton_cg import newton_cg as newton_cg
from .nonlinear_cg import nonlinear_cg as nonlinear_cg
from .objective import residuals_of as residuals_of
from .optax_names import SPACES as SPACES
from .optax_names import nested_names as nested_names
from .optax_names import stand_in as stand_in
from .optimistix_solvers import SOLVERS as SOLVERS
from .pal import pal as pal
from .psgd_kron import psgd_kron as psgd_kron
from .published import keep_stepping_published as keep_stepping_published
from .published import keep_vaulting_published as keep_vaulting_published
from .registry import REGISTRY as REGISTRY
from .schedules import one_over_k as one_over_k
from .schedules import (
    warmup_cosine_decay_schedule as warmup_cosine_decay_schedule,
)
from .settings import LogUniform as LogUniform
from .shampoo import shampoo as shampoo
from .sls import sls as sls
from .soap import soap as soap
from .sophia import sophia as sophia
from .stages import brief as brief
from .stages import stages as stages
from .state_dtype import with_state_in as with_state_in
from .trust_region_step import least_on_ball as least_on_ball
from .trust_region_step import trust_region_step as trust_region_step
