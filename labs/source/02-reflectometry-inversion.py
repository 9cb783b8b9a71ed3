# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lens:
#     lecture: 2
#     minutes: 60
#     budget: 150
#     packages: [keras, jax, scikit-learn, tqdm]
#     question: The film is still in the beam. Can its thickness be known before the next measurement starts, and with what right?
#     objectives:
#       - text: Turn an inverse problem into supervised regression, with an input that a network can digest
#         exercise: log_reflectivity
#       - text: Train a dense network, beat the mean and a linear model, and say by how much
#         exercise: beat_the_baselines
#       - text: Detect a curve that lies outside the family of the training data
#         exercise: spot_the_stranger
#       - text: Read measured curves with a network that has seen simulations only
#         exercise: final_exam
#       - text: Refine the proposal of a network by least squares
#         exercise: propose_and_refine
# ---

# %% [markdown]
# # A network reads film thickness off a neutron reflectivity curve
#
# You are at a reflectometer. Neutrons come through a block of silicon, meet a polymer film under heavy water, and some of
# them are reflected. From the curve that the instrument draws, a fit finds the thickness of the film: in minutes if an
# expert chooses the model and the starting values, and often much later, when the beam time is over.
#
# **The question of this lab:** the film is still in the beam. Can its thickness be known before the next measurement
# starts, and with what right?
#
# You will train a small dense network on simulated curves, let it read two curves that were measured on real films, and
# compare it with the fit of an expert. At the end you know why the thickness can be trusted, and why the error bar of the
# network is too small.
#
# | | |
# |---|---|
# | **Time** | about 60 minutes; the networks train for about one minute in all |
# | **You need** | Python and NumPy; the idea of a neural network (lecture 1) |
# | **You will** | prepare data · train a network · beat two baselines · spot a stranger · take an exam on measured curves · refine by least squares |

# %% [markdown]
# ## Set up
#
# Everything that the lab needs is imported here. Nothing is downloaded.

# %%
import functools
import math
import sys
from collections.abc import Callable, Mapping

import lens_labs

lens_labs.use_backend("jax")

import keras
import matplotlib.pyplot as plt
import numpy as np
from scipy import optimize, stats
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from tqdm import tqdm

from lens_labs import plotting
from lens_labs.checks import reflectometry_inversion as check
from lens_labs.data import Measurement, load
from lens_labs.record import record, record_figure
from lens_labs.scattering import reflectivity

plotting.use_style()
Predict = Callable[[np.ndarray], np.ndarray]

# %% [markdown]
# ## 1. Look at the data before you model anything
#
# Here are two measured curves. Both show how much of the beam a polymer film reflects, against the momentum transfer $Q$:
# the steeper the beam, the larger $Q$. They come from the tests of the program [refnx](https://github.com/refnx/refnx),
# where they travel under a BSD licence.

# %%
measured = {name: load(name) for name in ("e361r", "PLP0011859")}

figure, ax = plt.subplots()
for curve in measured.values():
    plotting.measurement(curve, ax=ax)
ax.axvspan(0.011, 0.19, color=plotting.RULE, alpha=0.35, zorder=0)
ax.text(0.187, 0.6, "what the network will see", ha="right", color=plotting.MUTE)
ax.set(title="Two polymer films, measured", xlim=(0, 0.25), ylim=(2e-7, 2))
ax.legend()
plt.show()

# %% [markdown]
# Three things to see, and each of them is physics:
#
# * On the left, nearly all neutrons are reflected. Below $Q_c = 4\sqrt{\pi\,\Delta\rho} = 0.0147$ Å⁻¹ heavy water is a perfect
#   mirror, seen from silicon ($\Delta\rho$ is the difference of their scattering length densities, SLD).
# * Then the curve falls by about five decades, roughly as $Q^{-4}$, until the background takes over.
# * On the way down there are fringes: waves from the top and the bottom of the film interfere. Their distance is about
#   $2\pi/d$ for a film of thickness $d$. The second curve has narrower fringes, so its film is thicker.
#
# **Before you go on:** read the distance between two neighbouring minima of e361r off the plot. Which thickness does it
# suggest?
#
# <details>
# <summary>Answer</summary>
#
# The minima are about 0.03 Å⁻¹ apart, so $d \approx 2\pi/0.03 \approx 210$ Å. You have just solved an inverse problem by
# eye. The network will do the same for overlapping, smeared and noisy fringes.
#
# </details>

# %% [markdown]
# ## 2. Simulate what you know how to compute
#
# From a film to its curve there is a formula: Parratt's recursion, smeared with the resolution of the instrument. From a
# curve back to its film there is none. So we compute the easy direction many times, with random films, and let a network
# learn the way back. This is *supervised learning*: each simulated curve $x$ comes with the film $y$ that made it.
#
# Each film here is a stack: silicon, its oxide (5 to 40 Å), a polymer film (50 to 500 Å, SLD −0.5 to 4 · 10⁻⁶ Å⁻²), heavy
# water. Roughness, resolution, background, scale and the number of neutrons are drawn too, because the network must learn
# to look past them. These ranges are called the *prior*. They are part of the model: about a film outside of them, the
# network knows nothing.
#
# The next cell counts neutrons for 40,000 films and takes about ten seconds.

# %%
train = reflectivity.simulate(34_000, seed=0)
validation = reflectivity.simulate(2_000, seed=1)
test = reflectivity.simulate(4_000, seed=2)
q = train.coords["q"]
train

# %% [markdown]
# Three sets, three jobs: the network learns from the *training* set, you make your choices on the *validation* set, and the
# *test* set is there to be looked at once.

# %%
train.plot(n=5)
plt.title("Five simulated films")
plt.show()

# %% [markdown]
# Could you tell these from the measured ones? If you can, so can the network, and it will have learnt something about the
# simulation in place of the film.
#
# From now on we ask for four numbers of each film: its thickness, its SLD, the roughness of its surface towards the water,
# and the thickness of the oxide below.

# %%
TARGETS = ("film_thickness", "film_sld", "solvent_roughness", "oxide_thickness")
for name in TARGETS:
    print(f"{name:18s} {train[name].min():8.2f} to {train[name].max():7.2f}  {train.units[name]}")

# %% [markdown]
# ## 3. Give the network what the eye sees
#
# You looked at the curves on a logarithmic scale. On a linear scale everything but the first few points is zero, to the eye
# and to a network alike.
#
# **Exercise 1.** Write `log_reflectivity`: the decimal logarithm of a reflectivity, after everything below `floor` has been
# raised to it. Use the same rule for simulated and for measured curves, because the network cannot know which is which.


# %% tags=["exercise"]
def log_reflectivity(r: np.ndarray, floor: float = 1e-7) -> np.ndarray:
    """Return log10 of a reflectivity, with everything below the floor raised to it."""
    ### BEGIN SOLUTION
    return np.log10(np.maximum(r, floor))
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# A detector can count zero neutrons, and zero has no logarithm. Raise first, then take the logarithm. Both steps work on
# whole arrays.

# %% [markdown] tags=["plan"]
# 1. `np.maximum(r, floor)` compares element by element.
# 2. `np.log10` of the result.

# %%
check.log_reflectivity(log_reflectivity)

# %%
prepare = check.log_reflectivity.or_provided(log_reflectivity)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.plot(q, test.x[:30].T, color=plotting.ACCENT, alpha=0.4, linewidth=0.8)
left.set(title="As counted", xlabel="q (Å⁻¹)", ylabel="reflectivity", xticks=[0.05, 0.1, 0.15])
right.plot(q, prepare(test.x[:30]).T, color=plotting.ACCENT, alpha=0.4, linewidth=0.8)
right.set(
    title="As the network should see it",
    xlabel="q (Å⁻¹)",
    ylabel="log10 reflectivity",
    xticks=[0.05, 0.1, 0.15],
)
record_figure(
    "log_reflectivity",
    figure,
    alt="Thirty simulated curves twice. On a linear scale all of them look alike and vanish after the critical edge; on a "
    "logarithmic scale fringes of different widths appear over six decades.",
)
plt.show()

# %% [markdown]
# One step is left: each of the 80 points should vary around zero by about one. The mean and the spread that we use for this
# come **from the training set only**. If they knew the test set, it would not be a test any more.

# %%
x_mean, x_spread = prepare(train.x).mean(axis=0), prepare(train.x).std(axis=0)
y_mean, y_spread = train.columns(*TARGETS).mean(axis=0), train.columns(*TARGETS).std(axis=0)


def standardise(r: np.ndarray) -> np.ndarray:
    """Return what the network sees of reflectivities: prepared, centred and scaled, shape (n, 80)."""
    return (prepare(r) - x_mean) / x_spread


# %% [markdown]
# ## 4. Know what is easy before you do what is hard
#
# How good is good? We measure the **mean absolute error** of the thickness, in Å: the mean over all test films of
# |predicted − true|. It is a number that a colleague at the instrument understands, which cannot be said of a loss.
#
# Two baselines cost almost nothing. The first always answers with the mean thickness of the training set. The second is
# ridge regression, the best straight line through 80 dimensions.


# %%
def thickness_error(predict: Predict) -> float:
    """Return the mean absolute error of the thickness on the test set, Å."""
    return float(np.abs(predict(test.x)[:, 0] - test["film_thickness"]).mean())


ridge = Ridge(alpha=1.0).fit(standardise(train.x), train.columns(*TARGETS))
baselines = {
    "mean": thickness_error(lambda r: np.tile(y_mean, (len(r), 1))),
    "ridge": thickness_error(lambda r: ridge.predict(standardise(r))),
}
print("  ".join(f"{name}: {error:.0f} Å" for name, error in baselines.items()))

# %% [markdown]
# The line is hardly better than the mean. That is no fault of the method: the *phase* of the fringes turns many times while
# the thickness grows, and a straight line cannot turn.
#
# **Exercise 2.** Write `train_network`. It trains a dense network on the first `n` training films and returns a function
# `predict` that takes reflectivities as they were counted, shape (n, 80), and returns film parameters in their own units,
# shape (n, 4). A network of 256, 256 and 128 units with `gelu` activations is a good start. The check trains it once (about
# ten seconds) and examines it on films of its own.

# %% tags=["exercise"]
EPOCHS, BATCH = 20, 256
histories = {}


def progress(label: str) -> keras.callbacks.Callback:
    """Return a callback for `fit` that moves a bar once an epoch."""
    bar = tqdm(total=EPOCHS, desc=label, unit=" epochs", file=sys.stdout, mininterval=0.5)
    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: bar.update(), on_train_end=lambda *_: bar.close()
    )


@functools.cache  # the check and the cells below share what has been trained
def train_network(seed: int, n: int = len(train)) -> Predict:
    """Train a network; return a function from reflectivities (n, 80) to film parameters (n, 4)."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    network = keras.Sequential(
        [
            keras.Input((80,)),
            keras.layers.Dense(256, activation="gelu"),
            keras.layers.Dense(256, activation="gelu"),
            keras.layers.Dense(128, activation="gelu"),
            keras.layers.Dense(len(TARGETS)),
        ]
    )
    steps = EPOCHS * math.ceil(n / BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    network.compile(keras.optimizers.Adam(schedule), loss="mae")
    done = network.fit(
        standardise(train.x[:n]),
        (train.columns(*TARGETS)[:n] - y_mean) / y_spread,
        validation_data=(standardise(validation.x), (validation.columns(*TARGETS) - y_mean) / y_spread),
        epochs=EPOCHS,
        batch_size=BATCH,
        verbose=0,
        callbacks=[progress(f"seed {seed}, {n} films")],
    )
    histories[seed, n] = done.history

    def predict(r: np.ndarray) -> np.ndarray:
        return network.predict(standardise(r), batch_size=4096, verbose=0) * y_spread + y_mean

    return predict
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# * The last layer has four units and no activation: it must be able to say any number.
# * Train on standardised targets, `(y - y_mean) / y_spread`, and undo this in `predict`. Otherwise the loss hears the
#   thickness, in hundreds of Å, and nothing else.
# * The mean absolute error, `loss="mae"`, makes the network aim for the median, which a few hopeless curves do not pull
#   away.
# * A learning rate that falls to zero (`CosineDecay`) costs one line and is worth a lot.

# %% [markdown] tags=["plan"]
# 1. Set the random seed of Keras first, so that a seed means something.
# 2. A `keras.Sequential` with `keras.Input((80,))`, three hidden layers, and `Dense(4)`.
# 3. `compile` with `Adam` and a `CosineDecay(2e-3, steps)`; there are `EPOCHS * math.ceil(n / BATCH)` steps.
# 4. `fit` on `standardise(train.x[:n])` and the standardised targets, with the validation set as `validation_data`; keep
#    `.history` in `histories[seed, n]`, and give it `callbacks=[progress("...")]` and `verbose=0`.
# 5. Return a function that standardises its input, calls `network.predict`, and scales the result back.

# %%
check.beat_the_baselines(train_network)

# %% [markdown]
# One network proves little: would it have worked with other random numbers? We train three, which differ in nothing but
# the seed of their initial weights and of the order of their batches.

# %%
SEEDS = (0, 1, 2)
train_one = check.beat_the_baselines.or_provided(train_network)
networks = [train_one(seed) for seed in SEEDS]
errors = [thickness_error(predict) for predict in networks]

record("L2.mean_mae", baselines["mean"], unit="Å", band=(90, 130))
record("L2.ridge_mae", baselines["ridge"], unit="Å", band=(80, 120))
record("L2.ridge_over_network", [baselines["ridge"] / error for error in errors], band=(10, 100))
print("thickness error of the networks: " + ", ".join(f"{error:.1f} Å" for error in errors))
print(
    f"ridge regression: {baselines['ridge']:.0f} Å, {baselines['ridge'] / np.mean(errors):.0f} times as much"
)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
for (seed, _), history in histories.items():
    left.plot(history["loss"], color=plotting.ACCENT, alpha=0.7, label="training" if seed == 0 else None)
    left.plot(history["val_loss"], color=plotting.HOT, alpha=0.7, label="validation" if seed == 0 else None)
left.set(title="Three runs, one story", xlabel="epoch", ylabel="loss (standardised)", yscale="log")
left.legend(*left.get_legend_handles_labels())
plotting.parity(
    test["film_thickness"], networks[0](test.x)[:, 0], name="thickness", unit="Å", ax=right, rasterized=True
)
right.set(title="Films that no network has seen")
record_figure(
    "beat_the_baselines",
    figure,
    alt="Left: training and validation loss of three networks fall together for twenty epochs and flatten at the end. Right: "
    "predicted against true thickness of the test films lies on the diagonal from 50 to 500 Å with few stragglers.",
)
plt.show()

# %% [markdown]
# ### The rival that is easily forgotten
#
# A line is a weak opponent. There is a stronger one that needs no training at all: keep all simulated curves, look up the five
# that resemble the measured one most, and average their films. Facilities have worked with such libraries for decades.

# %%
library = KNeighborsRegressor(n_neighbors=5, weights="distance").fit(
    prepare(train.x), train.columns(*TARGETS)
)
truth = test.columns(*TARGETS)
by_library = np.abs(library.predict(prepare(test.x)) - truth)
by_ridge = np.abs(ridge.predict(standardise(test.x)) - truth)
by_network = np.stack([np.abs(predict(test.x) - truth) for predict in networks])

print(f"{'mean absolute error':20s}{'ridge':>10s}{'library':>10s}{'three networks':>20s}")
for column, name in enumerate(TARGETS):
    per_seed = by_network[:, :, column].mean(axis=1)
    line = f"{by_ridge[:, column].mean():10.2f}{by_library[:, column].mean():10.2f}"
    print(f"{name:20s}{line}{per_seed.mean():12.2f} ± {per_seed.std(ddof=1):.2f} {train.units[name]}")
    short = name.removeprefix("film_")
    record(f"L2.{short}_mae", per_seed, unit=train.units[name], band=(0, 10))
    record(f"L2.{short}_mae_library", by_library[:, column].mean(), unit=train.units[name])

gain = by_library[:, 0] - by_network[:, :, 0].mean(axis=0)
error = gain.std(ddof=1) / np.sqrt(len(gain))
record("L2.thickness_gain_on_library", gain.mean(), unit="Å", band=(0, 5))
print(
    f"thickness, film by film: the networks are better by {gain.mean():.2f} ± {error:.2f} Å (standard error)"
)

# %% [markdown]
# For the thickness alone, the library comes close: fringes are easy to look up. The network earns its keep with the other three
# numbers, which show in the fine shape of a curve, and by its size: 120,000 weights in place of 34,000 stored curves. Always
# look for such a rival before you praise a network.

# %% [markdown]
# **Look closely.** Why may the validation loss lie below the training loss in the first epochs?
#
# <details>
# <summary>Answer</summary>
#
# The training loss that Keras reports is a mean over the epoch, while the network still improves; the validation loss is
# measured when the epoch is over. A bug would look the same, so it is worth knowing.
#
# </details>
#
# ### Is it the network or the number of films?
#
# Train again with fewer films. Each point is one seed, so read the trend and not the last digit.

# %%
sizes = [1_000, 4_000, 16_000, len(train)]
by_size = [*(thickness_error(train_one(0, n)) for n in sizes[:-1]), errors[0]]
for n, error in zip(sizes[:-1], by_size, strict=False):
    record(f"L2.mae_with_{n}_films", error, unit="Å")

plt.figure()
plt.loglog(sizes, by_size, "o-")
plt.axhline(baselines["ridge"], color=plotting.MUTE, linestyle="--")
plt.text(sizes[0], baselines["ridge"] * 0.9, "ridge, all films", va="top", color=plotting.MUTE)
plt.xlabel("training films")
plt.ylabel("thickness error (Å)")
plt.title("Most of the gain is in the number of films")
plt.show()

# %% [markdown] tags=["lecturer"]
# **Timing:** sections 1 to 3 take 15 minutes, exercise 2 takes 20. Ask the room before they run the cell: how many steps are
# in an epoch? ($\lceil 34{,}000/256 \rceil = 133$, the last batch has 208 films.)
#
# **Common mistakes:** targets left unscaled (the loss hears the thickness only); an activation on the last layer; scaling
# with the mean of the test set; a fresh `standardise` fitted inside `predict`.
#
# **Discuss:** the curve of the last figure has not flattened. What would you do with ten times the time: more films, a wider
# network, or better physics in the simulation?

# %% [markdown]
# ## 5. Know when not to answer
#
# A network answers every question, also those that make no sense. Before it may read a measured curve, it needs a
# doorkeeper: a rule that says *this curve is not like those that I was trained on*.
#
# **Exercise 3.** Write `is_stranger`. It takes prepared curves, the output of `log_reflectivity`, shape (n, 80), and returns
# True for each one that lies outside of the training family. Choose its limit on simulated curves alone, so that about one in
# a thousand of them is called a stranger.


# %% tags=["exercise"]
def is_stranger(log_r: np.ndarray) -> np.ndarray:
    """Say for each prepared curve (n, 80) whether it lies outside of the training family; returns (n,) of bool."""
    ### BEGIN SOLUTION
    usual = np.abs((prepare(train.x) - x_mean) / x_spread).max(axis=1)
    return np.abs((log_r - x_mean) / x_spread).max(axis=1) > np.quantile(usual, 0.999)
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# You know the mean and the spread of every point over the training set. By how many spreads may the worst point of a good
# curve lie off? Let the training curves tell you.

# %% [markdown] tags=["plan"]
# 1. Standardise the curves and take the absolute value.
# 2. The largest value along `axis=1` is the score of a curve.
# 3. Compute the same score for all training curves; the limit is its quantile at 0.999.
# 4. Return `score > limit`.

# %%
check.spot_the_stranger(is_stranger)

# %% [markdown]
# Look at the stranger and at how far off it is. It is the bare wafer: no film, no water, and the beam comes through the air.


# %%
def on_grid(curve: Measurement) -> np.ndarray:
    """Return a measured reflectivity on the 80 points that the networks know, shape (1, 80)."""
    return reflectivity.rebin(curve["q"], curve["r"], curve["dr"], onto=q)[None]


def strangeness(r: np.ndarray) -> np.ndarray:
    """Return the largest deviation of each curve from the training set, in standard deviations."""
    return np.abs(standardise(r)).max(axis=1)


stranger = load("PLP0000708")
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.fill_between(
    q,
    *np.quantile(prepare(train.x), [0.005, 0.995], axis=0),
    color=plotting.RULE,
    label="99 % of the training set",
)
for curve in (*measured.values(), stranger):
    left.plot(q, prepare(on_grid(curve))[0], label=curve.name)
left.set(
    title="One of them does not belong",
    xlabel="q (Å⁻¹)",
    ylabel="log10 reflectivity",
    xticks=[0.05, 0.1, 0.15],
)
left.legend(fontsize=9)
right.hist(strangeness(train.x), bins=np.geomspace(1, 200, 60), color=plotting.RULE)
for i, curve in enumerate((*measured.values(), stranger)):
    right.axvline(strangeness(on_grid(curve))[0], color=plotting.COLOURS[i], label=curve.name)
right.set(
    title="Largest deviation of a curve", xlabel="standard deviations", ylabel="training films", xscale="log"
)
record_figure(
    "spot_the_stranger",
    figure,
    alt="Left: the band of the training curves with three measured curves; two lie inside, the bare wafer leaves it at small q. "
    "Right: histogram of the largest deviation of the training curves; the two films fall into it, the wafer lies far right.",
)
plt.show()
record(
    "L2.stranger_deviation", strangeness(on_grid(stranger))[0], unit="standard deviations", band=(10, 1000)
)

# %% [markdown]
# ## 6. The exam: measured curves, once
#
# Until here nobody has looked at what the networks say about a measured curve: architecture, training and preparation were
# chosen on simulations alone. This matters. If you tune until the measured curve comes out right, it is no longer an exam but
# a training set with two examples.
#
# **Exercise 4.** Write `read_film`. It loads a measured curve by its name, brings it onto the networks' points with
# `reflectivity.rebin` (or `on_grid` above), and returns what all networks say: one row for each network, one column for each
# target.


# %% tags=["exercise"]
def read_film(name: str) -> np.ndarray:
    """Return what each network reads off a measured curve, shape (networks, 4)."""
    ### BEGIN SOLUTION
    curve = on_grid(load(name))
    return np.concatenate([predict(curve) for predict in networks])
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# Each network's `predict` takes an array of shape (1, 80) and returns one of shape (1, 4). `np.concatenate` stacks rows.

# %% [markdown] tags=["plan"]
# 1. Load the curve by its name and bring it onto the grid.
# 2. Call every network in `networks` with it.
# 3. Stack the rows.

# %%
check.final_exam(read_film)

# %%
read = check.final_exam.or_provided(read_film)
readings = {name: read(name) for name in measured}

print(f"{'':12s}{'':20s}{'three networks':>18s}   {'expert (refnx)':>18s}")
for name, curve in measured.items():
    for column, target in enumerate(TARGETS):
        values, fitted = readings[name][:, column], curve.reference.parameters[target]
        print(
            f"{name:12s}{target:20s}{values.mean():10.2f} ± {values.std(ddof=1):5.2f}   {fitted!s:>18s} {train.units[target]}"
        )

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
for ax, (name, curve) in zip(axes, measured.items(), strict=True):
    fitted = curve.reference.parameters["film_thickness"]
    ax.axvspan(0.95 * fitted.value, 1.05 * fitted.value, color=plotting.RULE, alpha=0.5, label="expert ± 5 %")
    ax.errorbar(fitted.value, 3, xerr=fitted.error, fmt="s", color=plotting.HOT, capsize=3)
    ax.plot(readings[name][:, 0], range(len(readings[name])), "o", color=plotting.ACCENT)
    ax.set(
        title=name,
        xlabel="film thickness (Å)",
        yticks=range(4),
        yticklabels=[*(f"network {s}" for s in SEEDS), "expert"],
    )
record_figure(
    "final_exam",
    figure,
    alt="For each of the two measured films, the thickness that three networks read and the expert's fit with its error bar: all "
    "lie within the band of five per cent around the expert's value.",
)
plt.show()
for name in measured:
    record(f"L2.{name.lower()}_thickness", readings[name][:, 0], unit="Å")
    record(f"L2.{name.lower()}_sld", readings[name][:, 1], unit="1e-6/Å²")
    record(f"L2.{name.lower()}_oxide_thickness", readings[name][:, 3], unit="Å")

# %% [markdown]
# ## 7. Why the error bar is too small
#
# Three networks agree to within a few Å. Is their spread an error bar? On simulated films we know the truth, so we can ask:
# how often does the truth lie within two standard deviations $s$ of the networks' mean? If the random start of the training
# were the only source of error, the answer would follow from Student's distribution: the mean of three is $s/\sqrt{3}$
# uncertain, so two $s$ are $2\sqrt{3}$ standard errors, with two degrees of freedom.

# %%
answers = np.stack([predict(test.x)[:, 0] for predict in networks])
off = np.abs(answers.mean(axis=0) - test["film_thickness"])
coverage = float((off <= 2 * answers.std(axis=0, ddof=1)).mean())
promised = 1 - 2 * stats.t.sf(2 * np.sqrt(3), df=2)
record("L2.seed_spread_coverage", coverage, band=(0.5, 0.9))
record("L2.seed_spread_promise", promised)
print(f"promised: {100 * promised:.0f} %, found on {len(test)} test films: {100 * coverage:.0f} %")

# %% [markdown]
# The spread of the seeds knows one source of error only: the random start of the training. It does not know
#
# * the counting noise of this one curve, which all networks see alike,
# * that different films can have nearly the same curve, so that even a perfect reader could not tell them apart,
# * that all networks learnt from the same simulation. On a measured curve, whatever the simulation gets wrong moves all of
#   them together, and the spread does not notice.
#
# Compare the SLD and the oxide in the table above: there the networks and the expert differ by several of the networks'
# spreads. Measured curves are where the third point bites. Lecture 9 shows what an honest error bar takes.
#
# ## 8. The network proposes, least squares refines
#
# A fit needs a good start and then finds the minimum to many digits. A network gives a good start and no more. Together they
# are faster than either, and the fit brings a test that no network has: does the model reproduce the curve?
#
# **Exercise 5.** Write `refine`. Starting from `start`, a mapping from parameter names to values, let
# `scipy.optimize.least_squares` make `reflectivity.residuals` small, within the bounds of `reflectivity.PRIOR`. Return a
# mapping with the same names.


# %% tags=["exercise"]
def refine(curve: Measurement, start: Mapping[str, float]) -> dict[str, float]:
    """Return the parameters that fit a measured curve best, searched from a start."""
    ### BEGIN SOLUTION
    low, high = np.array([reflectivity.PRIOR[name] for name in start]).T
    inside = np.clip(list(start.values()), low + 1e-3 * (high - low), high - 1e-3 * (high - low))

    def residuals(values: np.ndarray) -> np.ndarray:
        film = dict(zip(start, values, strict=True))
        return reflectivity.residuals(film, curve["q"], curve["r"], curve["dr"], dq=curve.arrays.get("dq"))

    found = optimize.least_squares(residuals, inside, bounds=(low, high), x_scale=high - low)
    return dict(zip(start, found.x, strict=True))
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# * Inside, build a mapping from the values with `dict(zip(start, values))` and hand it to `reflectivity.residuals` together
#   with `curve["q"]`, `curve["r"]`, `curve["dr"]`, and the resolution `dq=curve.arrays.get("dq")`.
# * The parameters differ in size by a factor of a thousand: `x_scale=high - low` tells the optimiser.
# * A start on a bound cannot move: clip it to a little inside.

# %% [markdown] tags=["plan"]
# 1. Collect lower and upper bounds from `reflectivity.PRIOR` in the order of `start`.
# 2. Write `residuals(values)`.
# 3. `optimize.least_squares(residuals, x0, bounds=(low, high), x_scale=high - low)`.
# 4. Return `dict(zip(start, found.x))`.

# %%
check.propose_and_refine(refine)


# %%
def proposal(name: str) -> dict[str, float]:
    """Return the start that the networks propose; what they do not read is the middle of its prior."""
    middle = {key: (low + high) / 2 for key, (low, high) in reflectivity.PRIOR.items() if key != "log10_dose"}
    return middle | dict(zip(TARGETS, readings[name].mean(axis=0), strict=True))


def finish(curve: Measurement, start: Mapping[str, float]) -> dict[str, float]:
    """Refine, or keep the proposal while exercise 5 is open."""
    try:
        return refine(curve, start)
    except NotImplementedError:
        return dict(start)


figure, axes = plt.subplots(1, 2, figsize=(9.5, 4), sharey=True)
for ax, (name, curve) in zip(axes, measured.items(), strict=True):
    start = proposal(name)
    best = finish(curve, start)
    plotting.measurement(curve, ax=ax, color=plotting.MUTE, label="measured")
    for film, colour, label in (
        (start, plotting.HOT, "network's proposal"),
        (best, plotting.ACCENT, "refined"),
    ):
        ax.plot(
            curve["q"],
            reflectivity.model(film, curve["q"], dq=curve.arrays.get("dq")),
            color=colour,
            label=label,
        )
    ax.set(title=f"{name}: {best['film_thickness']:.1f} Å", xlim=(0, 0.25), ylim=(1e-7, 3))
    record(f"L2.{name.lower()}_refined_thickness", best["film_thickness"], unit="Å")
axes[0].legend()
record_figure(
    "propose_and_refine",
    figure,
    alt="Two measured curves with the curve of the network's proposal and the refined one. The proposal has its fringes in the "
    "right places; the refined curve passes through the points.",
)
plt.show()

# %% [markdown]
# ## What you can say now
#
# * A reflectivity curve cannot be inverted by formula, but the way from film to curve can be simulated, and a dense network
#   learns the way back. It beats the mean and a line by an order of magnitude; a library of curves comes close for the
#   thickness, not for the rest. Most of the gain is in the number of films.
# * It reads the thickness of real films although it has never seen one, because a doorkeeper lets only curves of its family
#   pass and because the measured curve is prepared as the simulated ones were.
# * The spread over seeds is not an error bar. It hides the noise, the ambiguity and every fault of the simulation.
# * The network proposes, least squares refines, and chi-squared judges. With this right you may tell the next user a
#   thickness before the next measurement starts.
#
# **Stretch.** Let the network predict a mean *and* a width for each target, with the Gaussian negative log-likelihood
# $\tfrac12\ln\sigma^2 + (y-\mu)^2/2\sigma^2$ as its loss. How does its coverage on the test set compare with that of the
# seeds? And on the two measured curves? Lecture 9 takes it from there.

# %% [markdown] tags=["lecturer"]
# **Timing:** exercises 3 and 4 take 10 minutes each, exercise 5 takes 15. Who is short of time leaves exercise 5 to the hint.
#
# **Discuss:** two curves are an anecdote. How many would you need before a beamline may rely on the reading? What should the
# software do when the doorkeeper says *stranger*: refuse, warn, or fit?
#
# **Honesty:** the expert's fits have reduced chi-squared above two, share the slab model with our simulation, and so are not
# the truth either. Agreement means that two methods with the same model agree.
