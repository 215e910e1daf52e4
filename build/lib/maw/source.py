"""The names of the original MAW code, over what this package has: `from maw.source import …`.

The source is the text that proposed MAW attention. docs/source.md says for each name what the
source says, what runs here, and what differs. The extra `train` is needed.
"""

from maw.models.encoders.cross_encoder_with_maw import CrossEncoderWithMAW
from maw.stages.finished.finished_suite import ExperimentalValidationFramework
from maw.theory.source_analysis import (
    AttentionComparator,
    AttentionConfig,
    MAWTheoreticalAnalysis,
)
from maw.training.objectives.environment import GRPOEnvironment
from maw.training.source_layers import DepthwiseMAWSelfAttention, MAWAttention
from maw.training.source_routers import (
    GRPOPolicyNetwork,
    GRPORouter,
    SupervisedClassificationRouter,
)

__all__ = [
    "AttentionComparator",
    "AttentionConfig",
    "CrossEncoderWithMAW",
    "DepthwiseMAWSelfAttention",
    "ExperimentalValidationFramework",
    "GRPOEnvironment",
    "GRPOPolicyNetwork",
    "GRPORouter",
    "MAWAttention",
    "MAWTheoreticalAnalysis",
    "SupervisedClassificationRouter",
]
