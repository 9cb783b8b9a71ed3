# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lens:
#     lecture: 2
#     minutes: 60
#     budget: 75
#     packages: [keras, jax, scikit-learn, tqdm]
#     question: A network reads the radius of particles well, on curves that it has not seen. Why does it fail on the next sample?
#     objectives:
#       - text: Split, scale and batch data without a leak between the sets
#         exercise: split_by_sample
#       - text: Do the arithmetic of epochs and batches
#         exercise: steps_per_epoch
#       - text: Find a leak in a pipeline and measure how much too well it reports
#         exercise: find_the_leak
#       - text: Choose the epoch at which training should have stopped
#         exercise: pick_the_epoch
# ---

# %% [markdown]
# # A leak looks like progress
#
# Imagine a small-angle instrument at which 400 solutions of spherical particles were measured, each of them five times: for ten
# seconds, for a quarter of an hour, or anything between. From a curve a fit finds the radius of the particles. A colleague has
# trained a network that does it at once. She shuffled the 2,000 curves, put some aside, trained on the others, and reports a small
# error on the curves that the network had not seen. In the next beam time the error is about twice as large, and it stays there.
# Everything in this lab is simulated, this story too.
#
# **The question of this lab:** nothing was forged and no curve was used twice. Where did the promise come from?
#
# You will split data so that no sample lies on both sides, count the steps of a training, find the leaking one of four
# pipelines, measure how much too well it reports, and choose the epoch at which to stop.
#
# | | |
# |---|---|
# | **Time** | about 60 minutes; the networks train for half a minute in all |
# | **You need** | Python and NumPy; the idea of a neural network (lecture 1) |
# | **You will** | split by sample · meet three rivals · count steps · find a leak · stop in time |

# %% [markdown]
# ## Set up
#
# Everything that the lab needs is imported here. Nothing is downloaded.

# %%
import functools
import math
import sys
from collections.abc import Callable

import lens_labs

lens_labs.use_backend("jax")

import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GroupShuffleSplit
from sklearn.neighbors import NearestNeighbors
from tqdm import tqdm

from lens_labs import plotting
from lens_labs.checks import train_validate_test as check
from lens_labs.dataset import Dataset
from lens_labs.record import record, record_figure
from lens_labs.scattering import sans

plotting.use_style()
Predict = Callable[[Dataset], np.ndarray]

# %% [markdown]
# ## 1. Look at the data before you model anything
#
# A neutron that meets a particle is deflected by an angle $2\vartheta$ of a degree or so. The intensity $I$ against the momentum
# transfer $Q = 4\pi\sin\vartheta/\lambda$ tells how large the particles are: the larger, the smaller the angles. For spheres of
# radius $a$
#
# $$I(Q) = \phi V \Delta\rho^2 \left[3\,\frac{\sin Qa - Qa\cos Qa}{(Qa)^3}\right]^2 + \text{background},$$
#
# with volume fraction $\phi$, volume $V$, and contrast $\Delta\rho$ against the solvent. The background is flat and incoherent. The
# radii within a solution scatter around their mean, by 5 to 30 %, and this washes the minima out. Dust and aggregates add an
# upturn towards small $Q$. The curve is smeared with a resolution of 5 % (one standard deviation; lab B quotes full widths), and
# each point comes from a Poisson count. As everything is simulated, we know the true mean radius, from 20 to 80 Å.

# %%
data = sans.simulate(400, seed=0, exposures=5)
q, groups = data.coords["q"], data["sample"]
print(f"{len(data)} curves of {len(q)} points; known of each: {', '.join(data.names)}")
print("sample of the first twelve curves:", groups[:12])

# %% [markdown]
# The column `sample` says which solution a row belongs to. Here are all the exposures of three solutions.

# %%
figure, ax = plt.subplots()
for colour, sample in zip(plotting.COLOURS, (0, 1, 4), strict=False):
    rows = data[groups == sample]
    label = f"sample {sample}: radius {rows['radius'][0]:.0f} Å"
    ax.loglog(q, rows.x.T, color=colour, linewidth=0.8, label=[label, *["_"] * (len(rows) - 1)])
ax.set(title="Five exposures, one sample", xlabel="Q (Å⁻¹)", ylabel="intensity (1/cm)")
ax.legend()
plt.show()

# %% [markdown]
# Five curves of one sample nearly coincide. They share more than the radius: background, contrast, concentration, upturn. Between
# exposures only the counting noise changes, and the transmission, which drifts by up to 2 %.
#
# **Before you go on:** somebody gives you a new curve and asks for its radius. You find a curve in your archive that looks the
# same to the last detail. What do you answer, and what have you learnt about scattering?
#
# <details>
# <summary>Answer</summary>
#
# You answer with the radius of the curve in the archive, and you are right, because it is the same sample. You have learnt
# nothing about scattering: you recognised a face. Keep this in mind.
#
# </details>

# %% [markdown]
# ## 2. Split by what is independent
#
# Three sets, three jobs: the network learns from the *training* set, you make your choices on the *validation* set, and the
# *test* set says at the end what to expect from a new sample. The last sentence holds only if a test sample is as new to the
# network as the next one at the instrument. So the unit of the split is the sample, not the curve.
#
# **Exercise 1.** Write `split_by_sample`. It takes the sample of each row, shape (n,), and a seed, and returns three arrays of
# row numbers: those for training (70 % of the samples), for validation (15 %) and for testing (15 %). All rows of a sample go to
# the same set. Another seed gives another split, the same seed gives the same one.


# %% tags=["exercise"]
def split_by_sample(groups: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the row numbers for training, validation and testing; no sample lies in two of them."""
    ### BEGIN SOLUTION
    held_out = round(0.15 * len(np.unique(groups)))
    cut = GroupShuffleSplit(n_splits=1, test_size=held_out, random_state=seed)
    rest, test = next(cut.split(groups, groups=groups))
    train, validation = next(cut.split(rest, groups=groups[rest]))
    return rest[train], rest[validation], test
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# * `GroupShuffleSplit(n_splits=1, test_size=..., random_state=seed)` of scikit-learn cuts in two; three sets take two cuts.
# * `next(cut.split(rows, groups=groups))` gives two arrays of positions *within `rows`*.
# * A `test_size` between 0 and 1 is a share of the samples that are there: in the second cut, these are only 85 % of all. A whole
#   number is a number of samples.
# * It works without scikit-learn too: shuffle `np.unique(groups)`, cut it in three, and look the rows up with `np.isin`.

# %% [markdown] tags=["plan"]
# 1. Cut all rows in two: the test set, with 15 % of the samples, and the rest.
# 2. Cut the rest in two, with `groups[rest]`, and set the same number of samples aside.
# 3. The second cut counts within the rest. Translate its answers back: `rest[train]`, `rest[validation]`.

# %%
check.split_by_sample(split_by_sample)


# %%
split = check.split_by_sample.or_provided(split_by_sample)


def split_by_row(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row numbers as the colleague did: all rows shuffled, then cut at 70 and 85 %."""
    first, second, third = np.split(np.random.default_rng(seed).permutation(n), [7 * n // 10, 17 * n // 20])
    return first, second, third


figure, axes = plt.subplots(2, 1, figsize=(9, 3.4), sharex=True)
ways = {"Rows shuffled": split_by_row(len(data), 0), "Split by sample": split(groups, 0)}
for ax, (title, sets) in zip(axes, ways.items(), strict=True):
    belongs = np.empty(len(data))
    for number, rows in enumerate(sets):
        belongs[rows] = number
    colours = ListedColormap([plotting.RULE, plotting.ACCENT, plotting.HOT])
    ax.pcolormesh(belongs.reshape(-1, 5)[:60].T, cmap=colours, edgecolor=plotting.PAPER, linewidth=0.6)
    ax.set(title=title, yticks=np.arange(5) + 0.5, yticklabels=range(1, 6), ylabel="exposure")
axes[1].set(xlabel="sample")
for name, colour in zip(("training", "validation", "test"), colours.colors, strict=True):
    axes[0].plot([], [], "s", color=colour, label=name)
axes[0].legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
record_figure(
    "split_by_sample",
    figure,
    alt="Two maps of sixty samples with five exposures each, coloured by set. With shuffled rows nearly every sample has exposures "
    "in several sets. Split by sample, each column has one colour.",
)
plt.show()

# %% [markdown]
# How similar are the exposures, seen from a test curve? For each of them we look up the training curve that resembles it most.
# The curves are compared as the network will see them: in decades, each point centred and scaled with the mean and the spread of
# the **training** set. Those of all data would already tell the training what the test curves look like.


# %%
def decades(x: np.ndarray) -> np.ndarray:
    """Return log10 of intensities; everything below 1e-4/cm is raised to it."""
    return np.log10(np.maximum(x, 1e-4))


def scaler(training: Dataset) -> Predict:
    """Return the function that turns intensities into what a network sees, with mean and spread of these data."""
    mean, spread = decades(training.x).mean(axis=0), decades(training.x).std(axis=0)
    return lambda some: (decades(some.x) - mean) / spread


for title, (train, _, test) in ways.items():
    scaled = scaler(data[train])
    library = NearestNeighbors(n_neighbors=1).fit(scaled(data[train]))
    nearest = train[library.kneighbors(scaled(data[test]), return_distance=False)[:, 0]]
    same = float((groups[nearest] == groups[test]).mean())
    off = float(np.abs(data["radius"][nearest] - data["radius"][test]).mean())
    print(
        f"{title:16s} nearest training curve is of the same sample: {same:4.0%}, its radius is off by {off:.2f} Å"
    )
    name = "row" if title == "Rows shuffled" else "sample"
    record(
        f"L2.leak_siblings_split_by_{name}", same, band=(0.95, 1) if name == "row" else (-1e-9, 1e-9)
    )  # what the text says
    record(f"L2.leak_look_up_mae_split_by_{name}", off, unit="Å", band=(0, 0.2) if name == "row" else (3, 9))

# %% [markdown]
# With shuffled rows, the test curves find their twins in the training set, and a mere archive reports an error of nearly zero. Split
# by sample, the same archive has to answer for samples that it has never met. A network has enough parameters to be such an archive.

# %% [markdown]
# ## 3. Know what is easy before you do what is hard
#
# We measure the **mean absolute error** of the radius, in Å: the mean of |predicted − true| over all curves. Three rivals, one of
# them in two versions, cost almost nothing.
#
# * *The mean*: always say the mean radius of the training samples.
# * *Guinier*: for $QR_g < 1.3$ every particle looks like $\ln I = \ln I_0 - R_g^2Q^2/3$. A straight line gives the radius of
#   gyration, and for a sphere $a = R_g\sqrt{5/3}$. Below 0.016 Å⁻¹ the upturn disturbs, so these points are left out. It needs no
#   training and is done by hand at every small-angle instrument. The second version corrects it with a straight line through the
#   training samples.
# * *Ridge regression*, a linear model on the same input as the network.


# %%
def guinier_radius(some: Dataset, q_min: float = 0.016) -> np.ndarray:
    """Return the radius (Å) of spheres with the slope of ln I against Q².

    The line is drawn from q_min (Å⁻¹) to 1.3 over the R_g found, but over six points at least, which for large particles
    is beyond Guinier's range.
    """
    signal = some.x - np.median(some.x[:, -8:], axis=1, keepdims=True)  # the background, read off at large q
    signal = np.maximum(signal, 1e-3 * some.x)
    weight, log_i, q_max = (signal / some.errors) ** 2, np.log(signal), np.full(len(some), 0.04)
    for _ in range(20):  # the range depends on what is found in it
        w = weight * ((q >= q_min) & (q <= q_max[:, None]))
        w = w / w.sum(axis=1, keepdims=True)
        off = q**2 - (w @ q**2)[:, None]
        slope = (w * off * log_i).sum(axis=1) / (w * off**2).sum(axis=1)
        gyration = np.sqrt(3 * np.clip(-slope, 30, 1e4))  # what noise makes of a slope stays a size
        q_max = np.maximum(1.3 / gyration, 1.5 * q_min)  # at least six points
    return gyration * math.sqrt(5 / 3)


def error(predict: Predict, some: Dataset) -> float:
    """Return the mean absolute error of the radius, Å."""
    return float(np.abs(predict(some) - some["radius"]).mean())


train, validation, test = split(groups, seed=0)
scaled, mean_radius = scaler(data[train]), data["radius"][train].mean()
ridge = Ridge(alpha=1.0).fit(scaled(data[train]), data["radius"][train])
line = LinearRegression().fit(guinier_radius(data[train])[:, None], data["radius"][train])
baselines: dict[str, Predict] = {
    "mean": lambda some: np.full(len(some), mean_radius),
    "guinier": guinier_radius,
    "guinier_corrected": lambda some: line.predict(guinier_radius(some)[:, None]),
    "ridge": lambda some: ridge.predict(scaled(some)),
}
for name, predict in baselines.items():
    print(f"{name:18s} {error(predict, data[validation]):5.1f} Å on the validation set")


def perfect_guinier(some: Dataset) -> np.ndarray:
    """Return the radius (Å) that Guinier's law gives at the smallest angles, without noise and without an upturn.

    This is the root of the mean of a⁸ over the mean of a⁶, here for Schulz's distribution of radii.
    """
    return some["radius"] * np.sqrt((1 + 6 * some["radius_pd"] ** 2) * (1 + 7 * some["radius_pd"] ** 2))


print(f"{'a perfect Guinier':18s} {error(perfect_guinier, data[validation]):5.1f} Å on the validation set")

# %% [markdown]
# Guinier's line is nearly as far off as the mean, and this is physics, not a mistake: it weighs each particle with the square of
# its volume, so the large ones in a broad distribution speak for all. The last line of the output says how much this is: even a
# perfect Guinier fit, with no noise and no upturn, would be off by more than 10 Å. It measures another mean than the one we ask for.
# `guinier_corrected` draws a straight line from it to the true radius through the training samples and is much better. Ridge
# regression uses the whole curve and is better still. This is the number to beat.

# %% [markdown]
# ## 4. An epoch is one pass, not one step
#
# The optimiser does not look at all curves at once. It takes a *batch*, makes one step, takes the next batch; when every curve has
# had its turn, one *epoch* is over. Steps cost time, and steps are what moves the network.
#
# **Exercise 2.** Write `steps_per_epoch`: the number of steps in an epoch of `n` curves with batches of `batch`. The last batch may
# be smaller, and no curve is left out.


# %% tags=["exercise"]
def steps_per_epoch(n: int, batch: int) -> int:
    """Return the number of optimiser steps in one pass through n curves."""
    ### BEGIN SOLUTION
    return math.ceil(n / batch)
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# 2,000 curves in batches of 64: 31 full batches hold 1,984 of them. What happens to the other 16?

# %% [markdown] tags=["plan"]
# 1. Divide `n` by `batch`.
# 2. Round up, with `math.ceil`: a batch that is not full is a step too.

# %%
check.steps_per_epoch(steps_per_epoch)

# %% [markdown]
# Keras counts along. The next cell defines the network of this lab, 64 points to 64 units to 32 to 1, and trains it for 30 epochs
# with batches of 16, 64 and 256, all at the same learning rate. It keeps the loss and the weights of every epoch. Each training is
# one seed only, so read the trend and not the last digit.

# %%
EPOCHS, BATCH = 150, 64


def new_network() -> keras.Sequential:
    """Return a network from 64 points to one number, not trained yet."""
    layer = keras.layers.Dense
    return keras.Sequential([keras.Input((64,)), layer(64, "relu"), layer(32, "relu"), layer(1)])


def train_network(
    rows: np.ndarray, watched: np.ndarray, seed: int, *, epochs: int = EPOCHS, batch: int = BATCH
) -> tuple[Callable[..., np.ndarray], dict[str, list[float]], int]:
    """Train on some rows and watch others; return a function that reads radii, the losses of each epoch, and the steps."""
    keras.utils.set_random_seed(seed)
    scaled, radius = scaler(data[rows]), data["radius"]
    mean, spread = radius[rows].mean(), radius[rows].std()
    network = new_network()
    network.compile(keras.optimizers.Adam(1e-3), loss="mse")
    weights: list[list[np.ndarray]] = []
    bar = tqdm(
        total=epochs,
        desc=f"seed {seed}, batches of {batch}",
        unit=" epochs",
        file=sys.stdout,
        mininterval=0.5,
    )

    def note(*_: object) -> None:
        weights.append(network.get_weights())
        bar.update()

    done = network.fit(
        scaled(data[rows]),
        (radius[rows] - mean) / spread,
        validation_data=(scaled(data[watched]), (radius[watched] - mean) / spread),
        epochs=epochs,
        batch_size=batch,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note, on_train_end=lambda *_: bar.close())],
    )

    def predict(some: Dataset, epoch: int = -1) -> np.ndarray:
        """Return the radius of each row, as the network of that epoch reads it; by default, that of the last one."""
        network.set_weights(weights[epoch])
        return network.predict(scaled(some), batch_size=1024, verbose=0)[:, 0] * spread + mean

    return predict, done.history, int(network.optimizer.iterations)


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
after_one_epoch, after_equal_steps = {}, {}
for batch in (16, 64, 256):
    _, history, steps = train_network(train, validation, seed=0, epochs=30, batch=batch)
    each = steps // 30
    print(f"{len(train)} curves, batches of {batch:3d}: {steps} steps in 30 epochs, {each} in each")
    record(f"L2.steps_per_epoch_with_batches_of_{batch}", each)
    # One epoch with batches of 16 has 88 steps. The nearest whole epochs: 4 of 22 steps are 88, 14 of 6 are 84.
    after_one_epoch[batch], after_equal_steps[batch] = (history["val_loss"][e] for e in (0, 88 // each - 1))
    epoch = np.arange(1, 31)
    left.semilogy(epoch, history["val_loss"], label=f"batches of {batch}")
    right.loglog(epoch * each, history["val_loss"])
left.set(
    title="Small batches learn faster per epoch", xlabel="epoch", ylabel="validation loss (standardised)"
)
right.set(title="Per step they hardly differ", xlabel="step, at the same learning rate")
left.set_yticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
left.yaxis.set_minor_formatter("")
left.legend()
record_figure(
    "steps_per_epoch",
    figure,
    alt="Validation loss of three trainings with batches of 16, 64 and 256. Against epochs, the smaller the batch the faster the loss "
    "falls. Against steps on a logarithmic axis, the three curves nearly lie on each other.",
)
plt.show()
record("L2.batch_256_over_16_after_one_epoch", after_one_epoch[256] / after_one_epoch[16], band=(1.8, 8))
record(
    "L2.batch_256_over_16_after_equal_steps", after_equal_steps[256] / after_equal_steps[16], band=(0.5, 1.6)
)
record("L2.sans_network_parameters", new_network().count_params())

# %% [markdown]
# **Look closely.** "It was trained for 30 epochs" says little. How many steps were there with batches of 256, and how large was
# the last batch of each epoch?
#
# <details>
# <summary>Answer</summary>
#
# Six steps in each of 30 epochs are 180 steps. Five batches of 256 hold 1,280 of 1,400 curves, so the last one has 120. (If your
# training set has one sample more or less, it has five curves more or less.)
#
# </details>

# %% [markdown] tags=["lecturer"]
# **Timing:** sections 1 and 2 take 15 minutes, sections 3 and 4 take 15, section 5 with exercise 3 takes 15, sections 6 and 7 with
# exercise 4 take 15.
#
# **Common mistakes** in exercise 1: the second cut with a share of 0.15 in place of 0.15/0.85; its positions taken for row numbers;
# the same `random_state` left out of one of the cuts.
#
# **Ask** before the cell of section 4 is run: at the same number of epochs, which batch size is ahead, and at the same number of
# steps?

# %% [markdown]
# ## 5. Four pipelines, one leak
#
# Here are four ways from 2,000 curves to a number. All of them use the network of section 4, for 150 epochs with batches of 64, and
# scale with the training rows only. Each returns the error that it *reports*, on its own test rows, and a function that reads radii.
#
# Read the code before you run it. Which of the four would you trust?


# %%
@functools.cache
def trained_by_sample(seed: int) -> tuple:
    """Return the three sets of a split by sample, and what was trained on it."""
    rows = split(groups, seed)
    return rows, *train_network(rows[0], rows[1], seed)


@functools.cache
def trained_by_row(seed: int) -> tuple:
    """Return the three sets of shuffled rows, and what was trained on them."""
    rows = split_by_row(len(data), seed)
    return rows, *train_network(rows[0], rows[1], seed)


def pipeline_a(seed: int) -> tuple[float, Predict]:
    """Split by sample, train, and test each curve."""
    (_, _, test), predict, _, _ = trained_by_sample(seed)
    return error(predict, data[test]), predict


def pipeline_b(seed: int) -> tuple[float, Predict]:
    """Shuffle the curves, cut them in three, train, and test each curve."""
    (_, _, test), predict, _, _ = trained_by_row(seed)
    return error(predict, data[test]), predict


def pipeline_c(seed: int) -> tuple[float, Predict]:
    """As A, and answer for each test sample with the mean of what the network says about its five exposures."""
    (_, _, test), predict, _, _ = trained_by_sample(seed)

    def of_samples(some: Dataset) -> np.ndarray:
        _, sample = np.unique(some["sample"], return_inverse=True)
        return (np.bincount(sample, predict(some)) / np.bincount(sample))[sample]

    return error(of_samples, data[test]), of_samples


def pipeline_d(seed: int) -> tuple[float, Predict]:
    """As A, with the network of the epoch at which the loss on the validation set was lowest."""
    (_, _, test), predict, history, _ = trained_by_sample(seed)
    stopped = functools.partial(predict, epoch=int(np.argmin(history["val_loss"])))
    return error(stopped, data[test]), stopped


SEEDS = (0, 1, 2)
pipelines = {"A": pipeline_a, "B": pipeline_b, "C": pipeline_c, "D": pipeline_d}
trials = {letter: [pipeline(seed) for seed in SEEDS] for letter, pipeline in pipelines.items()}
reported = {letter: np.array([value for value, _ in runs]) for letter, runs in trials.items()}
for letter, values in reported.items():
    print(f"{letter} reports {values.mean():.2f} Å  (seeds: {', '.join(f'{value:.2f}' for value in values)})")

# %% [markdown]
# One of them seems to have won by a factor of about two, with the same network on the same data. It would be tempting to publish it.
#
# There is one test that no pipeline can pass by accident: samples that did not exist when it was built. Here are 1,000 of them, from
# the next beam time.
#
# The difference between the error on new samples and the error that was reported is called the *optimism* of a report. An honest
# report has no optimism but that of chance.
#
# **Exercise 3.** Set `leak` to the letter of the pipeline that leaks, and `optimism` to its optimism in Å, as a mean over the three
# seeds. `trials[letter]` holds, for each seed, what was reported and the function `predict` that reads radii; `error(predict, new)`
# measures its error on the new samples.

# %%
new = sans.simulate(1_000, seed=2, exposures=5)

# %% tags=["exercise"]
### BEGIN SOLUTION
leak = "B"
optimism = float(np.mean([error(predict, new) - promised for promised, predict in trials[leak]]))
### END SOLUTION

# %% [markdown] tags=["hint"]
# * A pipeline leaks if something about the test *samples* is known before the test. Which of the four has met them?
# * More information about a test sample that comes from this sample alone is no leak. Nor is a choice that was made without the
#   test set.
# * Use the same network for both errors: what it reports, and what it does on `new`.

# %% [markdown] tags=["plan"]
# 1. For each of the three pairs in `trials[leak]`, compute `error(predict, new)` and subtract what was reported.
# 2. Take the mean of the three differences.

# %%
check.find_the_leak(leak, optimism, trials)

# %%
on_new = {letter: np.array([error(predict, new) for _, predict in runs]) for letter, runs in trials.items()}
figure, ax = plt.subplots(figsize=(7, 3.8))
ORDER = ("D", "A", "B", "C")  # the target of the exercise is to show no letter
for place, letter in enumerate(ORDER):
    ax.plot([place - 0.12, place + 0.12], [reported[letter], on_new[letter]], color=plotting.RULE, zorder=1)
    ax.plot(np.full(3, place - 0.12), reported[letter], "o", color=plotting.HOT)
    ax.plot(np.full(3, place + 0.12), on_new[letter], "s", color=plotting.ACCENT)
ax.plot([], [], "o", color=plotting.HOT, label="reported")
ax.plot([], [], "s", color=plotting.ACCENT, label="on 1,000 new samples")
ax.set(title="One promise is not kept", ylabel="error of the radius (Å)", ylim=(0, None))
ax.set(xticks=range(4), xticklabels=["?"] * 4, xlabel="pipelines in another order, three seeds each")
ax.legend(loc="lower right")
record_figure(
    "find_the_leak",
    figure,
    alt="For four pipelines without names and three seeds each, the reported error and the error on new samples, joined by a line. For "
    "three of them both lie around 2 Å, and the lines fall or hardly rise. For one all three start near 1 Å and rise steeply.",
)
ax.set(xticklabels=ORDER, xlabel="pipeline, three seeds each")
plt.show()
for letter in pipelines:
    gap = on_new[letter] - reported[letter]
    print(
        f"{letter}: reported {reported[letter].mean():.2f} Å, on new samples {on_new[letter].mean():.2f} Å, "
        f"optimism {gap.mean():+.2f} ± {gap.std(ddof=1) / math.sqrt(3):.2f} Å"
    )
record("L2.leak_apparent_gain", reported["A"].mean() / reported["B"].mean(), band=(1.5, 3.2))
record("L2.leak_kept_over_promised", on_new["B"].mean() / reported["B"].mean(), band=(1.4, 2.7))
record("L2.leak_averaged_over_single", on_new["C"] / on_new["A"], band=(0.9, 1))
record("L2.leak_honest_mae", reported["A"], unit="Å", band=(1.2, 3.5))
record("L2.leak_honest_mae_on_new", on_new["A"], unit="Å", band=(1.4, 2.8))
record("L2.leak_honest_optimism", on_new["A"] - reported["A"], unit="Å", band=(-1, 1))
record("L2.leak_leaky_mae", reported["B"], unit="Å", band=(0.4, 1.4))
record("L2.leak_leaky_mae_on_new", on_new["B"], unit="Å", band=(1.2, 2.4))
record("L2.leak_optimism", on_new["B"] - reported["B"], unit="Å", band=(0.3, 1.6))
record("L2.leak_averaged_mae_on_new", on_new["C"], unit="Å", band=(1.2, 2.8))

# %% [markdown]
# B is off with each seed, and in the direction that flatters. Its code has no error, and the curves in its test set are indeed curves
# that the network has not seen. But it has seen their samples. A, C and D are off too, but by what chance does with 60 test samples; the
# cell below says how much this is. (They share some of this chance, for all splits are of the same 400 samples.)
#
# Do not be misled by the last column of B: on new samples it is a little better than A. Its training set has curves of nearly all
# 400 samples, that of A has 280. More samples help. The leak does not make a network bad, it makes its report worthless.
#
# C averages over five exposures of a *test* sample. That is more information about this sample, not knowledge of it before the
# test; if you will measure five times at the instrument too, C says what to expect. It gains little, because the network makes
# nearly the same error for all five. D used the validation set to choose an epoch. After that the validation set is no judge any
# more, but the test set still is.
#
# **Look closely.** The test set of A holds 300 curves. Why is the standard error of its mean error not that of 300 independent
# numbers?
#
# <details>
# <summary>Answer</summary>
#
# Because five exposures of a sample share their fate: if the network misjudges the sample, it misjudges all five. There are 60
# independent numbers, and the honest standard error is about twice as large.
#
# </details>


# %%
def standard_errors(errors: np.ndarray, samples: np.ndarray) -> tuple[float, float]:
    """Return the standard error of the mean of some errors: over curves, and over samples."""
    of_samples = [errors[samples == sample].mean() for sample in np.unique(samples)]
    return tuple(float(np.std(each, ddof=1) / math.sqrt(len(each))) for each in (errors, of_samples))


for letter, trained in (("A", trained_by_sample), ("B", trained_by_row)):
    in_errors, ratios = [], []
    for seed in SEEDS:
        (_, _, rows), predict, _, _ = trained(seed)
        naive, honest = standard_errors(np.abs(predict(data[rows]) - data["radius"][rows]), groups[rows])
        gap = on_new[letter][seed] - reported[letter][seed]
        in_errors.append(gap / honest)
        ratios.append(honest / naive)
        print(
            f"{letter}, seed {seed}: reported {reported[letter][seed]:.2f} ± {honest:.2f} Å over samples "
            f"(± {naive:.2f} Å over curves), optimism {gap:+.2f} Å or {gap / honest:+.1f} standard errors"
        )
    record(
        f"L2.leak_gap_in_standard_errors_{letter.lower()}",
        in_errors,
        band=(-3.5, 3.5) if letter == "A" else (4, 50),
    )
    if letter == "A":
        record("L2.leak_standard_error_ratio", ratios, band=(1.6, 2.8))

# %% [markdown] tags=["lecturer"]
# **Discuss:** what is the unit of the split if all solutions come from five syntheses? From two instruments? If the question is
# whether the network works at an instrument that it has never seen?
#
# **Try:** let somebody scale with the mean and spread of all 2,000 rows, and see how much it changes. Whatever comes out, it is a
# leak: nobody knows beforehand when it will matter.

# %% [markdown]
# ## 6. Stop at the valley, if there is one
#
# The training loss always falls. The validation loss falls as long as the network learns what holds for other samples too. *Early
# stopping with patience* watches it while the training runs: whenever an epoch is better than all before it, it is kept; when
# `patience` epochs in a row have not been better, the training ends. Nobody knows what would have come later.
#
# **Exercise 4.** Write `pick_the_epoch`. It takes the validation loss after each epoch and the patience, and returns the index of
# the epoch that is kept, counted from 0. Equal is not better.


# %% tags=["exercise"]
def pick_the_epoch(validation_loss: list[float], patience: int) -> int:
    """Return the index of the epoch that early stopping keeps."""
    ### BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(validation_loss):
        if loss < validation_loss[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# Walk through the epochs as the training does. Remember the best epoch so far. At each epoch that is not better, ask how long ago
# the best one was. `np.argmin` looks into the future.

# %% [markdown] tags=["plan"]
# 1. Start with `best = 0`.
# 2. For each epoch: if its loss is below that of `best`, it becomes `best`.
# 3. If it is not, and `epoch - best` has reached `patience`, stop.
# 4. Return `best`.

# %%
check.pick_the_epoch(pick_the_epoch)

# %%
pick = check.pick_the_epoch.or_provided(pick_the_epoch)
PATIENCE = 20

figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
chosen: dict[str, list[int]] = {}
for ax, (title, trained) in zip(
    axes, {"Split by sample": trained_by_sample, "Rows shuffled": trained_by_row}.items(), strict=True
):
    histories = [trained(seed)[2] for seed in SEEDS]
    chosen[title] = [pick(history["val_loss"], PATIENCE) for history in histories]
    for history, epoch in zip(histories, chosen[title], strict=True):
        strong = (
            {"linewidth": 1.2} if history is histories[0] else {"linewidth": 0.6, "alpha": 0.5}
        )  # one to follow
        ax.semilogy(history["loss"], color=plotting.ACCENT, **strong)
        ax.semilogy(history["val_loss"], color=plotting.HOT, **strong)
        ax.plot(epoch, history["val_loss"][epoch], "o", color=plotting.INK, zorder=3)
    ax.set(title=title, xlabel="epoch")
axes[0].set(ylabel="loss (standardised)")
for colour, mark, label in (
    (plotting.ACCENT, "-", "training"),
    (plotting.HOT, "-", "validation"),
    (plotting.INK, "o", "picked"),
):
    axes[1].plot([], [], mark, color=colour, label=label)
axes[1].legend()
record_figure(
    "pick_the_epoch",
    figure,
    alt="Training and validation loss of three seeds over 150 epochs, one of them drawn stronger. Split by sample, the validation loss soon flattens while the "
    "training loss falls on, and the gap between them grows to more than a factor of five. With shuffled rows the validation loss follows the "
    "training loss down.",
)
plt.show()

# %%
picked_by_sample, picked_by_row = chosen["Split by sample"], chosen["Rows shuffled"]
print(f"epochs picked with a patience of {PATIENCE}:", chosen)
gaps = {
    title: [trained(seed)[2]["val_loss"][-1] / trained(seed)[2]["loss"][-1] for seed in SEEDS]
    for title, trained in (("sample", trained_by_sample), ("row", trained_by_row))
}
record("L2.best_epoch", picked_by_sample)
record("L2.best_epoch_with_the_leak", picked_by_row, band=(50, 149))
record("L2.validation_over_training_loss", gaps["sample"], band=(5, 200))
record("L2.validation_over_training_loss_with_the_leak", gaps["row"], band=(0.3, 4))
at_the_end = np.array([error(trained_by_sample(seed)[1], new) for seed in SEEDS])
at_the_pick = np.array(
    [
        error(functools.partial(trained_by_sample(seed)[1], epoch=epoch), new)
        for seed, epoch in zip(SEEDS, picked_by_sample, strict=True)
    ]
)
record("L2.sans_mae_picked", at_the_pick, unit="Å")
record("L2.sans_picked_over_last", at_the_pick / at_the_end, band=(0.88, 1.14))
for seed, epoch, early, late in zip(SEEDS, picked_by_sample, at_the_pick, at_the_end, strict=True):
    print(
        f"seed {seed}: epoch {epoch:3d} reads new samples to {early:.2f} Å, epoch {EPOCHS - 1} to {late:.2f} Å"
    )

# %% [markdown]
# With an honest split the validation loss goes flat. What the training still gains holds for the training samples only, and the gap
# between the two losses grows. The valley is so flat that chance decides which epoch is its lowest, and on new samples the picked
# networks are about as good as those of the last epoch. Stopping saves time here, and no more; where a valley is deep, it saves the
# result too.
#
# With the leak the two losses fall together, and early stopping lets the training run on. The validation set leaks like the test set,
# so it cannot warn. A gap between the losses is nothing to be ashamed of. No gap, after many epochs and with few samples, is a
# reason to look for a leak.

# %% [markdown]
# ## 7. Compare once, on new samples, in pairs
#
# All choices are made. Every method reads the same 1,000 new samples; the network is that of pipeline A with its three seeds.


# %%
def errors_of_samples(predict: Predict) -> np.ndarray:
    """Return the mean absolute error of each new sample over its five exposures, Å, shape (1000,)."""
    return np.abs(predict(new) - new["radius"]).reshape(-1, 5).mean(axis=1)


BANDS = {"mean": (13, 17), "guinier": (11, 16), "guinier_corrected": (4, 7), "ridge": (2.9, 4)}
of_baselines = {name: errors_of_samples(predict) for name, predict in baselines.items()}
of_networks = np.stack([errors_of_samples(predict) for _, predict in trials["A"]])
for name, values in of_baselines.items():
    print(f"{name:18s} {values.mean():6.2f} ± {values.std(ddof=1) / math.sqrt(len(values)):.2f} Å")
    record(f"L2.sans_mae_{name}", values.mean(), unit="Å", band=BANDS[name])
per_seed = of_networks.mean(axis=1)
print(
    f"{'three networks':18s} {per_seed.mean():6.2f} ± {per_seed.std(ddof=1) / math.sqrt(3):.2f} Å (over seeds)"
)
record("L2.sans_mae_network", per_seed, unit="Å", band=(1.4, 2.8))
record("L2.sans_ridge_over_network", of_baselines["ridge"].mean() / per_seed, band=(1.2, 3))

gain = of_baselines["ridge"] - of_networks
for seed, values in zip(SEEDS, gain, strict=True):
    print(
        f"seed {seed}, sample by sample: better than ridge by {values.mean():.2f} ± "
        f"{values.std(ddof=1) / math.sqrt(len(values)):.2f} Å, and on {(values > 0).mean():.0%} of the samples"
    )
record("L2.sans_gain_on_ridge", gain.mean(axis=1), unit="Å", band=(0.5, 2.5))
record("L2.sans_better_than_ridge", (gain > 0).mean(axis=1), band=(0.6, 0.8))
narrow = new["radius_pd"].reshape(-1, 5)[:, 0] < 0.1
guinier_narrow = of_baselines["guinier"][narrow].mean()
record("L2.sans_mae_guinier_narrow", guinier_narrow, unit="Å", band=(4.5, 8))
perfect = errors_of_samples(perfect_guinier)
record("L2.sans_mae_perfect_guinier", perfect.mean(), unit="Å", band=(10, 13))
record("L2.sans_mae_perfect_guinier_narrow", perfect[narrow].mean(), unit="Å", band=(1, 2.2))
print(f"Guinier, on samples whose radii scatter by less than 10 %: {guinier_narrow:.1f} Å")
print(f"A perfect Guinier fit: {perfect.mean():.1f} Å, on the same samples {perfect[narrow].mean():.1f} Å")

# %% [markdown]
# The network beats ridge regression, by less than the leak had promised, and still loses to it on more than one sample in five. The
# comparison is made on the same samples, one by one, and holds for each of the three seeds; another draw of 400 samples would move
# all methods. Guinier's line comes closer where the radii scatter little. A perfect Guinier fit would there be off by
# less than half as much; the rest comes from the range of the line, from the upturn, and from noise.
#
# The strongest rival is missing: a least-squares fit of the formula above knows the physics and needs no training set at all. And no
# measured curve has been read, because the school has none of such particles yet. The errors are those of a simulated instrument.

# %% [markdown]
# ## What you can say now
#
# * The unit of a split is what will be new: the sample, the synthesis, the instrument. Shuffling rows makes no split independent.
# * A leak looks like progress. The network is not worse for it, but its report is worthless; the optimism shows on samples that did
#   not exist when the pipeline was built.
# * Scale with the training set, choose on the validation set, report the test set, and count independent samples in its error bar.
# * $\lceil N/B \rceil$ steps make an epoch. Compare trainings by their steps, not by their epochs alone.
# * Stop when the validation loss has not fallen for a while. If it follows the training loss to the end, look for a leak.
#
# **Stretch.** (1) Train pipeline A with 50, 100, 200 and 400 samples and draw the error on new samples on logarithmic axes: what is
# the slope, and how many samples would halve the error? (2) Fit `sans.i_q("sphere", q, dq=0.05, ...)` and an upturn to twenty new curves
# by least squares, starting from the network's radius. Who wins, and what does the fit need to know that the network does not?
