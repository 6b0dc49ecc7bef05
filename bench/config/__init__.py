"""From a TOML config to the specs of its trials."""
