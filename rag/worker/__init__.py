"""A language model in a child process that may die without taking the program along."""

from .client import Worker
from .generation import Generation
from .job import ModelSpec, WorkerLimits
from .protocol import ChatTurn, Done, Prompt, Ready, Sampling, Segment, Track, Weights

__all__ = [
    "ChatTurn",
    "Done",
    "Generation",
    "ModelSpec",
    "Prompt",
    "Ready",
    "Sampling",
    "Segment",
    "Track",
    "Weights",
    "Worker",
    "WorkerLimits",
]
