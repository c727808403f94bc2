"""Numbers printed in the papers, to stand beside ours."""

# Wei et al. 2021, Results: neurons of DeepSEA that nothing activates, by convolution.
NEURONMOTIF_DEAD = {("DeepSEA", 2): 150, ("DeepSEA", 3): 120}

# The same, Results and Fig. 5d: the dictionary of BD-10's tenth convolution; q of a match.
NEURONMOTIF_DICTIONARY = {"motifs": 9056, "matched": 7974, "novel": 1082, "known motifs": 399, "q": 0.01}

# The same, Methods ("DCNN architecture optimization"): share of what a neuron of the second convolution sees
# that all three neurons below it see, by the first kernel of DD-10, as (nt of both, nt in all).
NEURONMOTIF_OVERLAP = {3: (1, 5), 5: (3, 7), 7: (5, 9), 9: (7, 11)}

# Koo & Eddy 2019, Table 1 and the text on CNN-1 and CNN-1-1-100: mean over five trials, and its standard
# deviation, of AUROC, the share of filters that match any motif of JASPAR 2016 vertebrates, and the
# share that match a planted one. The table's caption calls the deviations of AUROC (and, in Table 2, of AUPR)
# those over the twelve classes. Keys are (network, convolution). The text gives no AUROC for
# CNN-1-1-100, and one number a network, printed here with its first layer.
KOO_EDDY_TABLE1 = {
    ("CNN-1", 1): {"auroc": (0.972, 0.001), "match_any": (0.240, 0.083), "relevant": (0.007, 0.013)},
    ("CNN-1", 2): {"match_any": (0.900, 0.024), "relevant": (0.847, 0.021)},
    ("CNN-2", 1): {"auroc": (0.966, 0.000), "match_any": (0.240, 0.071), "relevant": (0.007, 0.013)},
    ("CNN-4", 1): {"auroc": (0.955, 0.002), "match_any": (0.453, 0.131), "relevant": (0.127, 0.080)},
    ("CNN-10", 1): {"auroc": (0.964, 0.007), "match_any": (0.987, 0.016), "relevant": (0.973, 0.033)},
    ("CNN-25", 1): {"auroc": (0.973, 0.001), "match_any": (0.987, 0.016), "relevant": (0.980, 0.027)},
    ("CNN-50", 1): {"auroc": (0.961, 0.011), "match_any": (0.933, 0.037), "relevant": (0.920, 0.045)},
    ("CNN-100", 1): {"auroc": (0.958, 0.012), "match_any": (0.887, 0.034), "relevant": (0.880, 0.034)},
    ("CNN9-4", 1): {"auroc": (0.954, 0.002), "match_any": (0.260, 0.039), "relevant": (0.033, 0.030)},
    ("CNN9-25", 1): {"auroc": (0.958, 0.008), "match_any": (0.993, 0.013), "relevant": (0.980, 0.016)},
    ("CNN3-50", 1): {"auroc": (0.648, 0.008), "match_any": (0.160, 0.049), "relevant": (0.000, 0.000)},
    ("CNN3-2", 1): {"auroc": (0.968, 0.001), "match_any": (0.233, 0.067), "relevant": (0.000, 0.000)},
    ("CNN-50-2", 1): {"auroc": (0.921, 0.012), "match_any": (0.913, 0.050), "relevant": (0.893, 0.044)},
    ("CNN-50-2-code", 1): {
        "auroc": (0.921, 0.012),
        "match_any": (0.913, 0.050),
        "relevant": (0.893, 0.044),
    },
    ("CNN19-1-2", 1): {"auroc": (0.969, 0.002), "match_any": (0.867, 0.056), "relevant": (0.747, 0.096)},
    ("CNN-25 (60)", 1): {"auroc": (0.972, 0.001), "match_any": (0.973, 0.013), "relevant": (0.960, 0.023)},
    ("CNN-25 (90)", 1): {"auroc": (0.968, 0.001), "match_any": (0.940, 0.023), "relevant": (0.909, 0.028)},
    ("CNN-25 (120)", 1): {"auroc": (0.963, 0.001), "match_any": (0.933, 0.015), "relevant": (0.887, 0.025)},
    ("CNN-1-1-100", 1): {"match_any": (0.147, 0.045), "relevant": (0.000, 0.000)},
    ("CNN-1-1-100", 2): {"match_any": (0.192, 0.022), "relevant": (0.006, 0.006)},
    ("CNN-1-1-100", 3): {"match_any": (0.927, 0.020), "relevant": (0.891, 0.030)},
}

# The same, Table 2 and the text on CNN-1's second layer: the set in vivo, with AUPR. Of the networks with
# more filters only AUROC and AUPR: their shares of matches repeat those of Table 1 digit by digit,
# probably a slip in print.
KOO_EDDY_TABLE2 = {
    ("CNN-1", 1): {
        "auroc": (0.918, 0.001),
        "aupr": (0.626, 0.000),
        "match_any": (0.227, 0.068),
        "relevant": (0.020, 0.027),
    },
    ("CNN-1", 2): {"match_any": (0.845, 0.012), "relevant": (0.625, 0.030)},
    ("CNN-2", 1): {
        "auroc": (0.911, 0.003),
        "aupr": (0.609, 0.006),
        "match_any": (0.333, 0.067),
        "relevant": (0.107, 0.057),
    },
    ("CNN-4", 1): {
        "auroc": (0.907, 0.002),
        "aupr": (0.601, 0.005),
        "match_any": (0.753, 0.045),
        "relevant": (0.507, 0.039),
    },
    ("CNN-10", 1): {
        "auroc": (0.903, 0.006),
        "aupr": (0.583, 0.020),
        "match_any": (0.920, 0.045),
        "relevant": (0.753, 0.034),
    },
    ("CNN-25", 1): {
        "auroc": (0.903, 0.003),
        "aupr": (0.580, 0.009),
        "match_any": (0.933, 0.030),
        "relevant": (0.747, 0.040),
    },
    ("CNN-50", 1): {
        "auroc": (0.903, 0.003),
        "aupr": (0.582, 0.009),
        "match_any": (0.913, 0.034),
        "relevant": (0.733, 0.063),
    },
    ("CNN-100", 1): {
        "auroc": (0.889, 0.004),
        "aupr": (0.554, 0.009),
        "match_any": (0.873, 0.039),
        "relevant": (0.740, 0.057),
    },
    ("CNN9-4", 1): {
        "auroc": (0.906, 0.002),
        "aupr": (0.592, 0.005),
        "match_any": (0.473, 0.061),
        "relevant": (0.187, 0.045),
    },
    ("CNN9-25", 1): {
        "auroc": (0.891, 0.002),
        "aupr": (0.550, 0.008),
        "match_any": (0.880, 0.062),
        "relevant": (0.660, 0.025),
    },
    ("CNN-50-2", 1): {
        "auroc": (0.892, 0.004),
        "aupr": (0.556, 0.010),
        "match_any": (0.853, 0.091),
        "relevant": (0.653, 0.016),
    },
    ("CNN-25 (60)", 1): {"auroc": (0.916, 0.003), "aupr": (0.621, 0.011)},
    ("CNN-25 (90)", 1): {"auroc": (0.919, 0.001), "aupr": (0.628, 0.005)},
    ("CNN-25 (120)", 1): {"auroc": (0.920, 0.002), "aupr": (0.637, 0.005)},
}

# Lee & Koo 2021, Tables 1 and 2: mean and standard deviation of ten trials; keys are (task, model).
GRIM = {
    ("task1", "GRIM-4 (128)"): {"tpr": (0.929, 0.028), "fpr": (0.021, 0.016)},
    ("task1", "CNN-4 (128)"): {"tpr": (0.263, 0.029), "fpr": (0.274, 0.036)},
    ("task2", "GRIM-25 (64)"): {"tpr": (0.913, 0.038), "fpr": (0.016, 0.013)},
    ("task2", "CNN-25 (64)"): {"tpr": (0.383, 0.041), "fpr": (0.173, 0.034)},
}

# Lanchantin et al. 2017, Table 2: AUROC over 108 experiments in K562. The table prints the deviation of the
# small RNN as 106.
DASHBOARD_TABLE2 = {
    "MEME-SUM": {"mean": 0.834, "median": 0.868, "sd": 0.127},
    "DeepBind*": {"mean": 0.903, "median": 0.931, "sd": 0.091},
    "RNN-small": {"mean": 0.860, "median": 0.881, "sd": 0.106},
    "RNN-medium": {"mean": 0.876, "median": 0.905, "sd": 0.116},
    "RNN-large": {"mean": 0.808, "median": 0.860, "sd": 0.175},
    "CNN-small": {"mean": 0.896, "median": 0.918, "sd": 0.098},
    "CNN-medium": {"mean": 0.902, "median": 0.922, "sd": 0.085},
    "CNN-large": {"mean": 0.880, "median": 0.890, "sd": 0.093},
    "CNN-RNN-small": {"mean": 0.917, "median": 0.943, "sd": 0.079},
    "CNN-RNN-medium": {"mean": 0.925, "median": 0.947, "sd": 0.073},
    "CNN-RNN-large": {"mean": 0.918, "median": 0.944, "sd": 0.081},
}

# The same, Table 3: two-tailed p of paired t-tests over 108 experiments, the best network of each type.
DASHBOARD_TABLE3 = {
    ("RNN", "MEME"): 5.15e-05,
    ("CNN", "MEME"): 1.87e-19,
    ("CNN-RNN", "MEME"): 4.84e-24,
    ("CNN", "RNN"): 5.08e-04,
    ("CNN-RNN", "RNN"): 7.99e-10,
    ("CNN-RNN", "CNN"): 4.79e-22,
}

# The same, Table 4: matches to the factor's motif, means over 57 factors; windows of 500 sequences, class
# motifs of the 57.
DASHBOARD_TABLE4 = {
    "CNN": {"saliency": 243.9, "activation": 173.4, "class": 19},
    "RNN": {"saliency": 138.6, "temporal": 53.5, "class": 11},
    "CNN-RNN": {"saliency": 168.1, "activation": 74.2, "temporal": 113.2, "class": 13},
}
DASHBOARD_FACTORS = 57

# Lanchantin et al. 2016, Section 3: median AUROC over 108 experiments, (count, of how many) where it is above
# DeepBind's, where the window of the class motif matches JASPAR, and where it scores above JASPAR's motif on
# most of the positives (AMA).
DEMO = {"median": 0.951, "above DeepBind": (92, 108), "matches": (36, 57), "affinity": (29, 57)}


def measurement(values: list[float], published: tuple[float, float] | None) -> dict:
    """{"mean", "sd", "published", ...} of one value a trial; no sd from a single trial."""
    count = len(values)
    mean = sum(values) / count
    row = {"mean": mean, "values": values}
    if count > 1:
        row["sd"] = (sum((v - mean) ** 2 for v in values) / (count - 1)) ** 0.5
    if published:
        row |= {"published": published[0], "published_sd": published[1]}
    return row


def missing(published: tuple[float, float] | None) -> dict:
    """A measurement that could not be made, beside the published one."""
    return {"mean": None} | ({"published": published[0], "published_sd": published[1]} if published else {})
