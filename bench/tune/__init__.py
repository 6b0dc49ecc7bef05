"""Sample settings, sweep them, score them, choose one."""
