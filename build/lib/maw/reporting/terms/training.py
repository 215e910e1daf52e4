"""The terms of training, of its settings and of costs."""

from maw.reporting.terms.term import Term

TRAINING: dict[str, Term] = {
    "seed": Term(
        "seed",
        "The number that fixes all random choices of one training. Another seed gives another "
        "model from the same procedure.",
        heads=("Seed", "Seeds"),
    ),
    "shared_seeds": Term(
        "shared seeds",
        "Two systems with the same seed train on the same batches in the same order. "
        "Differences are taken within a seed, which removes what both share.",
    ),
    "budget": Term(
        "training budget",
        "The number of training steps. With more steps a verdict may differ; the budget "
        "control looks at that.",
        heads=("Steps",),
    ),
    "hyperparameter": Term(
        "hyper-parameter",
        "A setting that training does not learn, such as the learning rate.",
        heads=("Hyper-parameters searched",),
    ),
    "learning_rate": Term(
        "learning rate",
        "How far one training step moves the weights of a model.",
        heads=("Learning rate", "at 0.001"),
    ),
    "trial": Term(
        "trial",
        "One training with values of the hyper-parameters that the search tries. Its score on "
        "development queries decides which values are chosen.",
        heads=("Trials", "Chosen"),
    ),
    "edge": Term(
        "edge of the search",
        "The smallest or the largest value that was tried. If it is chosen, a value beyond it "
        "may be better.",
        heads=("At edge",),
    ),
    "ablation": Term(
        "ablation",
        "A comparison of settings of one part of the method, with all else equal.",
        heads=("Setting",),
    ),
    "encoder": Term(
        "encoder",
        "The network that turns a text into numbers. Some of its lower layers may be frozen, that "
        "is, they are not trained.",
        heads=("Whole encoder",),
    ),
    "trained_layers": Term(
        "trained layers",
        "The layers above the frozen ones: those that training changes.",
        heads=("Trained layers",),
    ),
    "training_time": Term(
        "training time",
        "Seconds that the processor (CPU) or the graphics processor (GPU) works on one training. "
        "CPU seconds of several cores are added.",
        heads=("Training",),
    ),
    "encoding_time": Term(
        "encoding time",
        "How long a trained model takes for one text, or how many texts it takes in a second.",
        heads=(
            "Texts per CPU s",
            "Texts per GPU s",
            "CPU ms a text",
            "GPU ms a text",
            "Ranking all test queries",
        ),
    ),
    "peak_memory": Term(
        "peak memory",
        "The most memory that the process of a training held at any time.",
        heads=("Peak memory of training",),
    ),
    "weights": Term(
        "weights",
        "The numbers inside a model that training sets, also called parameters. M stands for a "
        "million of them.",
        heads=(
            "Trained weights",
            "Weights at inference",
            "Weights",
            "Parameters",
            "Used by a text",
        ),
    ),
    "flops": Term(
        "FLOPs",
        "The number of additions and multiplications that a computation needs. It does not "
        "depend on the machine.",
        heads=("FLOPs", "Training step", "Step", "Whole training", "L = 512"),
    ),
    "pareto": Term(
        "Pareto front",
        "The systems that no other one beats in both quality and cost.",
    ),
}
