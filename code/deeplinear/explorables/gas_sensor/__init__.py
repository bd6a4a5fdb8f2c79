"""GasSensorLab: train deep linear networks on the gas sensors in small,
in front of the recorded runs on all of the data.
"""

from deeplinear.explorables.gas_sensor.lab import GasSensorLab, SensorRun

__all__ = ["GasSensorLab", "SensorRun"]
