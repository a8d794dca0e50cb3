"""Metrics: one per file, each with its range and its definition."""

from .bootstrap import CONFIDENCE, RESAMPLES, Estimate, bootstrap, bootstrap_mean
from .citation_precision import citation_precision
from .citation_recall import citation_recall
from .citation_share import citation_share
from .cmrc_em import cmrc_em
from .cmrc_f1 import cmrc_f1
from .contained import contained
from .evidence_recall import evidence_recall
from .ndcg import ndcg
from .recall_at_k import recall_at_k
from .reciprocal_rank import reciprocal_rank
from .refusal_auc import refusal_auc
from .refusal_precision import refusal_precision
from .refusal_rate import refusal_rate
from .refusal_recall import refusal_recall
from .span import Span
from .squad_em import squad_em
from .squad_f1 import squad_f1

__all__ = [
    "CONFIDENCE",
    "RESAMPLES",
    "Estimate",
    "Span",
    "bootstrap",
    "bootstrap_mean",
    "citation_precision",
    "citation_recall",
    "citation_share",
    "cmrc_em",
    "cmrc_f1",
    "contained",
    "evidence_recall",
    "ndcg",
    "recall_at_k",
    "reciprocal_rank",
    "refusal_auc",
    "refusal_precision",
    "refusal_rate",
    "refusal_recall",
    "squad_em",
    "squad_f1",
]
