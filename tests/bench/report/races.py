"""Problems and optimizers of the run that several tests look at."""

from ..synthetic_run import Course, Racer

BOWLS = [Course("bowl", steps=100), Course("valley", optimum=None, target=1e-3)]
FEW = Racer("few", 0.5, calls={"forward": 8, "gradient": 1})
MANY = Racer("many", 0.8)
SLOW = Racer("slow", 0.999)
NEWTON = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})
RACERS = [FEW, MANY, SLOW, NEWTON]
