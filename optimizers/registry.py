"""The optimizers by name."""

from collections.abc import Callable
from typing import Any

import optax

from .barzilai_borwein import barzilai_borwein
from .bfgs import bfgs
from .calculated_step import calculated_step
from .composed import chain, partition
from .dogleg import dogleg
from .first_order import adam, adamw, momentum, nesterov, normalized_sgd, sgd
from .gauss_newton import gauss_newton
from .ggn_cg import ggn_cg
from .keep_stepping import keep_stepping
from .keep_vaulting import keep_vaulting
from .lbfgs import lbfgs
from .levenberg_marquardt import levenberg_marquardt
from .newton import newton
from .newton_cg import newton_cg
from .nonlinear_cg import nonlinear_cg
from .pal import pal
from .psgd_kron import psgd_kron
from .published import keep_stepping_published, keep_vaulting_published
from .schedules import one_over_k, warmup_cosine_decay_schedule
from .shampoo import shampoo
from .sls import sls
from .soap import soap
from .sophia import sophia
from .stages import stages
from .trust_region_step import trust_region_step

Factory = Callable[..., Any]

REGISTRY: dict[str, Factory] = {
    "adam": adam,
    "adamw": adamw,
    "barzilai_borwein": barzilai_borwein,
    "bfgs": bfgs,
    "calculated_step": calculated_step,
    "chain": chain,
    "dogleg": dogleg,
    "gauss_newton": gauss_newton,
    "ggn_cg": ggn_cg,
    "keep_stepping": keep_stepping,
    "keep_stepping_published": keep_stepping_published,
    "keep_vaulting": keep_vaulting,
    "keep_vaulting_published": keep_vaulting_published,
    "lbfgs": lbfgs,
    "levenberg_marquardt": levenberg_marquardt,
    "momentum": momentum,
    "nesterov": nesterov,
    "newton": newton,
    "newton_cg": newton_cg,
    "nonlinear_cg": nonlinear_cg,
    "normalized_sgd": normalized_sgd,
    "pal": pal,
    "partition": partition,
    "psgd_kron": psgd_kron,
    "sgd": sgd,
    "shampoo": shampoo,
    "soap": soap,
    "sophia": sophia,
    "sls": sls,
    "stages": stages,
    "trust_region_step": trust_region_step,
}

# Schedules of optax have their bare names too; the names here have precedence.
SCHEDULES: dict[str, Factory] = {
    **{
        name: getattr(optax.schedules, name)
        for name in dir(optax.schedules)
        if name.endswith(("_schedule", "_decay"))
    },
    "one_over_k": one_over_k,
    "warmup_cosine_decay_schedule": warmup_cosine_decay_schedule,
}
