# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lens:
#     lecture: 9
#     minutes: 60
#     budget: 150
#     packages: [keras, jax, scikit-learn, scipy, tqdm]
#     question: A few spots somewhere on the detector tell which magnetic order is in the sample. Can a network learn where to look, and how do you know that it looks there?
#     objectives:
#       - text: Read a glimpse of an image through a lattice of Gaussians
#         exercise: gaussian_filters
#       - text: Read an image between its pixels, with slopes that a training can follow
#         exercise: sample
#       - text: Find a place with a softmax map, and beat the centroid
#         exercise: find_the_centre
#       - text: Compare two kinds of networks by paired differences over seeds
#         exercise: paired_interval
#       - text: Test by pointing, against chance and a control, whether a network looks at the right place
#         exercise: pointing
# ---

# %% [markdown]
# # A network can learn where to look
#
# You are at a small-angle instrument and count neutrons that a magnet has scattered. Somewhere on the detector stand two, four or
# six spots, and their arrangement names the magnetic order: a helix, a square lattice, a lattice of skyrmions. The sample was
# remounted in a hurry, so the pattern is misplaced. Other crystals add stray spots, a powder adds a ring, and a tube is dead.
#
# **The question of this lab:** can a network learn where to look, and how do you know that it looks there?
#
# You will write the two parts that make a layer look at a part of an image: a lattice of Gaussians, and a reading between pixels.
# You will find a beam centre with a softmax map, compare a network that looks with others of its size, and test by pointing where
# it has looked. The images are simulated, so the truth is known; the beam centre is also sought in an image of measured neutrons.
#
# | | |
# |---|---|
# | **Time** | about 60 minutes; two networks train, for about one minute in all |
# | **You need** | Python and NumPy; convolutional networks (lecture 3) |
# | **You will** | read a glimpse · follow slopes · find a centre · compare over seeds · play the pointing game |

# %% [markdown]
# ## Set up
#
# Everything that the lab needs is imported here. Nothing is downloaded. The lab runs on TensorFlow and PyTorch too, where they
# are installed: change the name of the backend.

# %%
import itertools
import math
import sys
from collections.abc import Callable

import lens_labs

lens_labs.use_backend("jax")

import keras
import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage, stats
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tqdm import tqdm

from lens_labs import data, plotting
from lens_labs.checks import where_to_look as check
from lens_labs.checks.where_to_look import recorded
from lens_labs.layers import GaussianAttention, MaxPool2D, SpatialTransformer, grid_sample
from lens_labs.record import record, record_figure
from lens_labs.scattering import detector

plotting.use_style()
CENTRE = ("centre_x", "centre_y")


def progress(label: str, epochs: int) -> keras.callbacks.Callback:
    """Return a callback for `fit` that moves a bar once an epoch."""
    bar = tqdm(total=epochs, desc=label, unit=" epochs", file=sys.stdout, mininterval=0.5)
    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: bar.update(), on_train_end=lambda *_: bar.close()
    )


# %% [markdown]
# ## 1. Look at the data before you model anything
#
# Each image shows one of six motifs. Its centre, rotation and scale are random. The frame is the truth about where to look: it
# holds all spots of the motif. No network is told where it is.

# %%
train_set = detector.simulate_motifs(10_000, seed=0)
test_set = detector.simulate_motifs(2_000, seed=2)
CLASSES = train_set.meta["classes"]

figure, axes = plt.subplots(2, 3, figsize=(9, 6.2))
for motif, ax in enumerate(axes.flat):
    row = int(np.flatnonzero(train_set["motif"] == motif)[0])
    ax.imshow(np.sqrt(train_set.x[row]), cmap="cividis")
    left, top, right, bottom = train_set.truth["box"][row]
    ax.add_patch(
        plt.Rectangle((left, top), right - left, bottom - top, fill=False, color="white", linewidth=1.5)
    )
    ax.set(title=CLASSES[motif], xticks=[], yticks=[])
plt.show()

left, top, right, bottom = test_set.truth["box"].T
covered = float(((right - left) * (bottom - top)).mean() / 48**2)
record("L9.where_frame_share", covered, band=(0.02, 0.15))
print(f"a frame covers {100 * covered:.0f} % of the image, in the mean")

# %% [markdown]
# Could you name the motif without the frame? The colours show the root of the counts, because Poisson counts scatter by their
# root: after it, the noise is about the same everywhere.
#
# ### Know what is easy before you do what is hard
#
# We measure the **error**: the share of test images that are named wrongly. Two baselines cost almost nothing. Guessing one of
# six motifs is wrong five times out of six. The second looks at the 40 strongest principal components of the training
# images and separates them by logistic regression.

# %%
linear = make_pipeline(PCA(40, random_state=0), LogisticRegression(max_iter=2000))
linear.fit(np.sqrt(train_set.x).reshape(10_000, -1), train_set["motif"])
by_linear = float((linear.predict(np.sqrt(test_set.x).reshape(2_000, -1)) != test_set["motif"]).mean())
record("L9.where_linear_error", by_linear, band=(0.6, 0.9))
print(f"wrong by guessing: {5 / 6:.2f}, by principal components and logistic regression: {by_linear:.2f}")

# %% [markdown]
# The linear model hardly beats guessing: it would need another set of weights for every place at which the motif can be. We need
# a network that finds the motif first.

# %% [markdown]
# ## 2. Read a glimpse through Gaussians
#
# A *glimpse* is a small image that is read from a large one. In Gaussian attention, a lattice of $N_g \times N_g$ Gaussians lies over the
# image. Along a row of pixels the $i$-th one, $i = 1, \dots, N_g$, sits at $u_i$ and weighs pixel $j$ with $F_{ij}$:
#
# $$\begin{aligned}
# u_i &= u_0 + \left(i - \tfrac{N_g + 1}{2}\right) \delta , \\
# F_{ij} &= \frac{e^{-(j - u_i)^2 / 2 s_g^2}}{\sum_{j'} e^{-(j' - u_i)^2 / 2 s_g^2}} .
# \end{aligned}$$
#
# Centre $u_0$, stride $\delta$ and width $s_g$ are in pixels. With one table $F_u$ for the columns and one $F_v$ for the rows, the glimpse of
# an image $x$ is $F_v\, x\, F_u^\top$. The three are numbers with slopes, so a training can move the lattice.
#
# **Exercise 1.** Write `gaussian_filters`, the table of all $F_{ij}$, shape `(n, length)`, for a line of `length` pixels. Here `n` is
# $N_g$. Everything is in pixels, and the first pixel is at zero. Mind that the formula counts Gaussians from one, and NumPy from zero.


# %% tags=["exercise"]
def gaussian_filters(centre: float, stride: float, width: float, n: int, length: int) -> np.ndarray:
    """Return the weights of n Gaussians for the pixels of a line, shape (n, length); each row sums to one."""
    ### BEGIN SOLUTION
    means = centre + stride * (np.arange(n) - (n - 1) / 2)
    weights = np.exp(-((np.arange(length) - means[:, None]) ** 2) / (2 * width**2))
    return weights / weights.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# The means have shape `(n,)` and the pixels shape `(length,)`. With `means[:, None]` a subtraction makes the table of all pairs. The
# steps from the centre are half-integers when `n` is even.

# %% [markdown] tags=["plan"]
# 1. `np.arange(n) - (n - 1) / 2` counts the steps from the middle of the lattice; times the stride, plus the centre, they are the means.
# 2. Take the exponential of minus the squared distance over $2 s_g^2$.
# 3. Divide each row by its sum: `axis=1, keepdims=True`.

# %%
check.gaussian_filters(gaussian_filters)

# %%
filters = check.gaussian_filters.or_provided(gaussian_filters)
shown = 438
image = np.sqrt(test_set.x[shown])
(x, y), stride, width = test_set.columns(*CENTRE)[shown], 1.0, 0.6
rows, columns = (filters(c, stride, width, 20, 48) for c in (y, x))
glimpse = rows @ image @ columns.T

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9.5, 3.2), width_ratios=[1.3, 1, 1])
left.plot(filters(20.0, 4.0, 1.5, 5, 48).T, color=plotting.ACCENT)
left.plot(filters(20.0, 8.0, 4.0, 3, 48).T, color=plotting.HOT, linestyle="--")
left.set(title="Rows of two tables", xlabel="pixel", ylabel="weight")
middle.imshow(image, cmap="cividis")
lattice = stride * (np.arange(20) - 9.5)
middle.plot(
    *(each.ravel() for each in np.meshgrid(x + lattice, y + lattice)), ".", color="white", markersize=1
)
middle.set(title="The lattice on an image", xticks=[], yticks=[])
right.imshow(glimpse, cmap="cividis")
right.set(title="What it reads", xticks=[], yticks=[])
record_figure(
    "gaussian_filters",
    figure,
    alt="Left: five narrow Gaussians four pixels apart and three wide ones eight pixels apart, over 48 pixels. Middle: an image of "
    "spots with a lattice of points around a motif away from the middle. Right: the glimpse, which shows the motif alone and centred.",
)
plt.show()

# %% [markdown]
# `GaussianAttention` of the school reads in the same way. Its places run from −1 to 1 between the centres of the outer pixels.

# %%
where = np.array(
    [[x / 23.5 - 1, y / 23.5 - 1, stride, width, 1.0]], "float32"
)  # x, y, stride, width, intensity
by_layer = GaussianAttention(20).read(image[None, ..., None].astype("float32"), where)
difference = np.abs(keras.ops.convert_to_numpy(by_layer)[0, :, :, 0] - glimpse).max()
print(f"the layer and your tables differ by at most {difference:.1e}")

# %% [markdown]
# **Before you go on:** the lattice lies on empty background, ten pixels away from the motif, and $s_g$ is 0.6 pixels. In which direction
# does a training move it?
#
# <details>
# <summary>Answer</summary>
#
# In none that helps. The weights of the motif's pixels are practically zero, and so are their slopes. A wide Gaussian sees far, so its
# slope knows where to go; a narrow one sees sharply. Therefore a lattice starts large and wide, and narrows while it learns.
#
# </details>

# %% [markdown]
# ## 3. Read between pixels, with slopes
#
# A *spatial transformer* moves, stretches or turns a grid and reads the image at its points. They lie between pixels, so each
# reading weighs the four pixels around it. With $u$ to the right and $v$ down, in pixels, and $x_{ij}$ in row $i$ and column $j$,
#
# $$x(u, v) = \sum_{ij} \operatorname{tri}(v - i)\, \operatorname{tri}(u - j)\, x_{ij} ,$$
#
# where $\operatorname{tri}(a) = \max(0, 1 - |a|)$. Its slopes are what a training needs. With $i_0 = \lfloor v \rfloor$ and $j_0 = \lfloor u \rfloor$,
#
# $$\begin{aligned}
# \frac{\partial x}{\partial u} &= \sum_i \operatorname{tri}(v - i) \left(x_{i, j_0 + 1} - x_{i, j_0}\right) , \\
# \frac{\partial x}{\partial v} &= \sum_j \operatorname{tri}(u - j) \left(x_{i_0 + 1, j} - x_{i_0, j}\right) .
# \end{aligned}$$
#
# Two columns and two rows count. With `a = u - floor(u)`, column $j_0$ has the weight `1 - a` and the next one `a`; the rows have `1 - b` and
# `b`, with `b = v - floor(v)`.
#
# **Exercise 2.** Write `sample`, which returns the readings of an image at the places `u`, `v`, and both slopes. Pixels outside of the image
# count as zero.


# %% tags=["exercise"]
def sample(image: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return readings at columns u and rows v, with their slopes along u and along v; all of the shape of u."""
    ### BEGIN SOLUTION
    height, width = image.shape
    border = np.pad(image, 1)
    u, v = np.clip(u, -1, width - 1e-9) + 1, np.clip(v, -1, height - 1e-9) + 1
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    a, b = u - column, v - row
    upper_left, upper_right = border[row, column], border[row, column + 1]
    lower_left, lower_right = border[row + 1, column], border[row + 1, column + 1]
    upper = (1 - a) * upper_left + a * upper_right
    lower = (1 - a) * lower_left + a * lower_right
    along_u = (1 - b) * (upper_right - upper_left) + b * (lower_right - lower_left)
    return (1 - b) * upper + b * lower, along_u, lower - upper
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# Outside needs care, because a negative index counts from the end. A border of zeros around the image (`np.pad(image, 1)`) moves
# every pixel by one; clip the places to the border, then all four neighbours exist.

# %% [markdown] tags=["plan"]
# 1. Pad the image by one pixel on every side. Clip `u` to lie between −1 and just below the width, `v` in the same way, and add one.
# 2. `np.floor(...).astype(int)` gives column and row; `a` and `b` are what is left.
# 3. Four indexed readings, `border[row, column]` and its neighbours.
# 4. The three formulas: two columns weighed by `1 - a` and `a`, two rows by `1 - b` and `b`. A slope along `u` weighs rows, one along `v` columns.

# %%
check.sample(sample)

# %%
read = check.sample.or_provided(sample)
edge = 11 * np.linspace(-1, 1, 24)
right_of, below = np.meshgrid(edge, edge)
angle = np.radians(40)
u = x + np.cos(angle) * right_of - np.sin(angle) * below
v = y + np.sin(angle) * right_of + np.cos(angle) * below
values, slopes, _ = read(image, u, v)
clean_slopes = read(np.sqrt(test_set.truth["expected"][shown]), u, v)[1]

figure, axes = plt.subplots(1, 4, figsize=(11, 3))
axes[0].imshow(image, cmap="cividis")
axes[0].plot(u.ravel(), v.ravel(), ".", color="white", markersize=1.5)
axes[1].imshow(values, cmap="cividis")
for ax, each in zip(axes[2:], (clean_slopes, slopes), strict=True):
    ax.imshow(each, cmap="coolwarm", vmin=-2, vmax=2)
titles = ("A turned grid", "What it reads", "Slope along u, no noise", "Slope along u, counted")
for ax, title in zip(axes, titles, strict=True):
    ax.set(title=title, xticks=[], yticks=[])
record_figure(
    "sample",
    figure,
    alt="From the left: an image of six spots with a square grid of points, turned by forty degrees, around them; the reading, in which "
    "the spots are centred and turned; the slopes of the expected counts, a patch above and one below zero at each spot and little "
    "elsewhere; the slopes of the counts, where noise hides most of these patches.",
)
plt.show()

grid = np.stack([u, v], axis=-1)[None] / 23.5 - 1
by_school = grid_sample(image[None, ..., None].astype("float32"), grid.astype("float32"))
difference = np.abs(keras.ops.convert_to_numpy(by_school)[0, :, :, 0] - values).max()
print(f"the school's grid_sample and yours differ by at most {difference:.1e}")

# %% [markdown]
# Without noise, the slopes are large beside the spots, and small elsewhere. On counted neutrons the noise has slopes too, hardly smaller ones: a single image
# says little, and a training has to average over many. Where a grid shows nothing but background, there is nothing to average: a glimpse that
# has lost the motif does not find back. This is why the way in which the place is chosen matters so much.

# %% [markdown]
# ## 4. Let a softmax map say where
#
# Who chooses the place? The obvious answer is a dense layer with two outputs. It must learn every place separately, and it can
# point outside of the image. A *softmax map* does better. A small convolutional network gives each place $(u_k, v_k)$ a score $e_k$; the softmax
# turns the scores into weights $p_k$ that sum to one; and the answer is the mean place
#
# $$\begin{aligned}
# p_k &= \frac{e^{e_k}}{\sum_{k'} e^{e_{k'}}} , \\
# (\hat u, \hat v) &= \sum_k p_k\, (u_k, v_k) .
# \end{aligned}$$
#
# This is *soft attention*. What is learned at one place holds at all places, and a mean of places cannot leave the image.
#
# Try it where the answer can be judged directly: the beam centre of a diffuse halo. The beam stop hides the brightest part, and is not
# quite at its place. The rival needs no training: the centroid of what exceeds three times the median by more than one count. It may even know
# which pixels are dead or hot. The error is the mean of |found − true| over both coordinates, in pixels.

# %%
halos = detector.simulate_centres(2_000, seed=10)
halo_test = detector.simulate_centres(1_000, seed=12)


def centroid(counts: np.ndarray, working: np.ndarray) -> np.ndarray:
    """Return the centroid of what exceeds three times the median, pixels, shape (n, 2)."""
    clean = np.where(working, counts, 0)
    bright = np.maximum(clean - 3 * np.median(clean, axis=(1, 2), keepdims=True) - 1, 0) + 1e-9
    pixels, total = np.arange(counts.shape[1]), bright.sum(axis=(1, 2))
    return np.stack([bright.sum(axis=1) @ pixels, bright.sum(axis=2) @ pixels], axis=1) / total[:, None]


def off_by(places: np.ndarray) -> float:
    """Return the mean absolute error of places on the test halos, pixels."""
    return float(np.abs(places - halo_test.columns(*CENTRE)).mean())


def root(counts: np.ndarray) -> np.ndarray:
    """Return what a network sees of counts (n, height, width): their root, near one, with a channel."""
    return (np.sqrt(counts)[..., None] / 2 - 0.5).astype("float32")


by_centroid = off_by(centroid(halo_test.x, halo_test.truth["working"]))
by_middle = off_by(np.full((len(halo_test), 2), 23.5))
record("L9.where_centroid_off", by_centroid, unit="px", band=(0.7, 1.5))
record("L9.where_middle_off", by_middle, unit="px", band=(4, 7))
print(f"middle of the image: {by_middle:.1f} px, thresholded centroid: {by_centroid:.2f} px")

# %% [markdown]
# **Exercise 3.** Write `train_finder`. It trains a convolutional network whose scores pass through a softmax and end as a mean place, on the
# 2,000 halos, and returns a function from counts, shape (n, 48, 48), to beam centres x, y in pixels, shape (n, 2). `FINDER_EPOCHS` passes in batches of
# 32 are enough; the check trains yours once.


# %% tags=["exercise"]
FINDER_EPOCHS = 8
finders = {}


def train_finder(seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Train a network that finds beam centres; return a function from counts (n, 48, 48) to x, y in pixels (n, 2)."""
    ### BEGIN SOLUTION
    if seed not in finders:
        keras.utils.set_random_seed(seed)
        conv = {"padding": "same", "activation": "relu"}
        inputs = keras.Input((48, 48, 1))
        features = keras.layers.Conv2D(16, 4, strides=2, **conv)(inputs)
        features = keras.layers.Conv2D(16, 4, strides=2, **conv)(features)
        for _ in range(2):
            features = keras.layers.Conv2D(32, 5, **conv)(features)
        scores = keras.layers.Flatten()(keras.layers.Conv2D(1, 1)(features))
        line = 4 * np.arange(12, dtype="float32") + 1.5
        places = np.stack(np.meshgrid(line, line), axis=-1).reshape(144, 2)
        network = keras.Model(inputs, keras.ops.matmul(keras.layers.Softmax()(scores), places))
        rate = keras.optimizers.schedules.CosineDecay(3e-3, FINDER_EPOCHS * math.ceil(len(halos) / 32))
        network.compile(keras.optimizers.Adam(rate), loss="mae")
        bar = progress("finder", FINDER_EPOCHS)
        network.fit(
            root(halos.x),
            halos.columns(*CENTRE),
            epochs=FINDER_EPOCHS,
            batch_size=32,
            verbose=0,
            callbacks=[bar],
        )
        finders[seed] = network
    return lambda counts: finders[seed].predict(root(counts), verbose=0)
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# * Two convolutions with a kernel of 4 and strides of 2 make a map of 12 × 12 places; two more, with kernels of 5, let each place see far.
# * A last `Conv2D(1, 1)` gives one score a place. `Flatten`, then `Softmax`.
# * Each place of the map is four pixels wide: the middles lie at the pixels 1.5, 5.5, ..., 45.5. The mean place can still lie anywhere between.
# * Give the network `root(counts)`, not the counts, in training and in use.

# %% [markdown] tags=["plan"]
# 1. Set the random seed of Keras. Build the layers with `keras.Input((48, 48, 1))` and calls.
# 2. `places`, shape (144, 2): `np.meshgrid` of the twelve middles gives x, then y, row by row, as `Flatten` counts.
# 3. The output is `keras.ops.matmul(weights, places)`.
# 4. `compile` with `Adam` and a `CosineDecay`, and `loss="mae"`; `fit` on `root(halos.x)` and `halos.columns(*CENTRE)`.
# 5. Keep the network in `finders[seed]`, so that it is trained once, and return a function that prepares counts and predicts.

# %%
check.find_the_centre(train_finder)

# %%
find = check.find_the_centre.or_provided(train_finder)(0)
found = find(halo_test.x)
record("L9.where_finder_off", off_by(found), unit="px", band=(0.1, 0.95))
print(f"softmax map: {off_by(found):.2f} px, thresholded centroid: {by_centroid:.2f} px")

figure, ax = plt.subplots()
bins = np.linspace(0, 6, 40)
for places, label, colour in (
    (centroid(halo_test.x, halo_test.truth["working"]), "thresholded centroid", plotting.HOT),
    (found, "softmax map", plotting.ACCENT),
):
    far = np.hypot(*(places - halo_test.columns(*CENTRE)).T)
    ax.hist(np.minimum(far, 6), bins=bins, histtype="step", linewidth=2, label=label, color=colour)
ax.set(
    title="Distance from the true beam centre",
    xlabel="distance (px); all above 6 in the last bin",
    ylabel="test images",
)
ax.legend()
record_figure(
    "find_the_centre",
    figure,
    alt="Histogram of the distance between found and true beam centre for the thresholded centroid and the softmax map. The softmax "
    "map has most of its distances below one pixel; the centroid has a long tail.",
)
plt.show()

# %% [markdown]
# ### Take the exam on measured neutrons, once
#
# All halos so far were simulated. `SILIC010` is measured: silica particles in heavy water, on 128 × 128 pixels. The file says where the
# beam was, because $Q$ is zero there. Three steps make it like the images of the training, and they were fixed before any network had
# read it. Two by two pixels are added up, so that the beam stop is about as wide as in the simulation. Windows of 48 × 48 pixels put the
# centre at 25 places. And the instrument counted much longer: we keep each neutron with a small chance, such that the median pixel
# counts as much as in the simulation. Thinned Poisson counts are Poisson counts.

# %%
measured = data.load("SILIC010")
counts = measured["counts"].reshape(64, 2, 64, 2).sum(axis=(1, 3)).astype(int)
zero = [np.interp(0, each, np.arange(128)) for each in (measured["qx"][0], measured["qy"][:, 0])]
beam = (np.array(zero) - 0.5) / 2  # in the larger pixels
kept = np.median(halos.x) / np.median(counts)

rng = np.random.default_rng(0)
corners = np.array([(left, top) for top in range(0, 17, 4) for left in range(0, 17, 4)])
windows = np.stack([rng.binomial(counts[top : top + 48, left : left + 48], kept) for left, top in corners])
readings = (
    ("finder", "softmax map", find(windows), plotting.ACCENT),
    ("centroid", "thresholded centroid", centroid(windows, np.ones((48, 48), bool)), plotting.HOT),
)

figure, axes = plt.subplots(1, 2, figsize=(9, 4))
axes[0].imshow(np.sqrt(windows[6]), cmap="cividis")
axes[0].plot(*(beam - corners[6]), "+", color="white", markersize=14)
axes[0].set(title="A window, and the beam centre of the file", xticks=[], yticks=[])
for name, label, places, colour in readings:
    away = places - (beam - corners)
    axes[1].plot(*away.T, "o", color=colour, alpha=0.7, label=label)
    record(f"L9.where_exam_{name}", float(np.abs(away).mean()), unit="px", band=(0, 0.45))
    record(f"L9.where_exam_{name}_bias", np.abs(away.mean(axis=0)), unit="px")
    x_off, y_off = away.mean(axis=0)
    print(
        f"{label:22s}off by {np.abs(away).mean():.2f} px; on average by {x_off:+.2f} in x, {y_off:+.2f} in y"
    )
axes[1].set(title="Found minus true, 25 windows", xlabel="x (px)", ylabel="y (px), downwards", aspect="equal")
axes[1].set(xlim=(-1.2, 1.2), ylim=(1.2, -1.2))
axes[1].legend(loc="upper left")
plt.show()

# %% [markdown]
# Two things differ from the training, and nothing was done about them: the measured halo has a wider top and a steeper flank than the simulated
# ones, and no pixel is hot. And 25 windows are not 25 images: their places differ and their noise in part, their halo does not. The finder is
# one network, from one seed.
#
# The network passes: it comes nearer than on simulated halos. The centroid comes nearer still. A halo that is round and bright, without hot
# pixels and far from the edge, is all that a centroid needs. What the simulation adds to trouble it is missing here: hot pixels, dead
# tubes, a background that leans. Look at the network's points too: nearly all lie below the beam. An error that leans to one side remains when
# many readings are averaged. So the network is worth its training for hard images, and this one is easy.

# %% [markdown]
# ## 5. Compare networks of one size
#
# Now name motifs. The next cell builds five kinds of networks. They have about the same number of parameters, and the same training. The table
# below it holds what was recorded of each.
#
# * The **plain CNN** flattens its features, so its dense layer must learn each motif at each place.
# * The **CNN with a global maximum** keeps the largest value of each feature, wherever it is. It does not care about places either, has no
#   glimpse that can get lost, and is the rival to beat. It is one layer deeper, because it has no large dense layer.
# * **Spatial transformers** and **Gaussian attention** read a glimpse of 24 × 24 points, whose centre is the mean of a softmax map, and hand it to a
#   small CNN. Nobody tells them where the motif is: the place is learned from the names alone.
#
# The function `prepare` does what `root` did for the halos.


# %%
# These lines made the recorded runs too: `benchmarks/where_to_look.py` executes this cell as it stands.
KINDS = {
    "plain": "plain CNN",
    "max": "CNN, global maximum",
    "zoom": "spatial transformer, shift and zoom",
    "gaussian": "Gaussian attention",
    "affine": "spatial transformer, affine",
}


def prepare(counts: np.ndarray) -> np.ndarray:
    """Return what a network sees of counts (n, height, width): their root, near one, with a channel."""
    return (np.sqrt(counts)[..., None] / 2 - 0.5).astype("float32")


def block(filters: int) -> list[keras.layers.Layer]:
    """Return a convolution, and a pooling that halves the image."""
    return [keras.layers.Conv2D(filters, 3, padding="same", activation="relu"), MaxPool2D()]


def build(kind: str, size: int, classes: int) -> keras.Model:
    """Return a network that names what is in images of size × size pixels."""
    first = keras.layers.Conv2D(16, 5, strides=2, padding="same", activation="relu")
    last = keras.layers.Conv2D(96, 3, padding="same", activation="relu")
    small, start = size // 2, {"initial_zoom": 0.7, "name": "look"}
    parts = {
        "plain": lambda: [first, *block(32), *block(32), keras.layers.Flatten()],
        "max": lambda: [first, *block(32), *block(64), last, keras.layers.GlobalMaxPooling2D()],
        "zoom": lambda: [SpatialTransformer(small, transform="attention", **start), *read],
        "affine": lambda: [SpatialTransformer(small, transform="affine", **start), *read],
        "gaussian": lambda: [GaussianAttention(small, **start), *read],
    }
    read = [*block(16), *block(32), keras.layers.Flatten()]
    head = [
        keras.layers.Dense(96 if kind == "max" else 64, activation="relu"),
        keras.layers.Dense(classes),
    ]
    return keras.Sequential([keras.Input((size, size, 1)), *parts[kind](), *head])


def train(
    kind: str, seed: int, x: np.ndarray, y: np.ndarray, *, epochs: int = 4, callbacks: tuple = ()
) -> keras.Model:
    """Build a network and train it on prepared images x, which show the classes y."""
    keras.utils.set_random_seed(seed)
    network = build(kind, x.shape[1], int(y.max()) + 1)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * math.ceil(len(x) / 32))
    network.compile(
        keras.optimizers.Adam(rate, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    network.fit(x, y, epochs=epochs, batch_size=32, verbose=0, callbacks=list(callbacks))
    return network


def error(network: keras.Model, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of images that are named wrongly."""
    return float((network.predict(x, batch_size=500, verbose=0).argmax(axis=1) != y).mean())


# %% [markdown]
# One network trains now. The others are recorded: `benchmarks/where_to_look.py` has run the cell above for each kind and five seeds, and its
# results come with the check module. All kinds have the same rate, batch and number of passes. Know how these were chosen, because it favours the
# networks that look: a first setting, with fewer images, more passes and dropout, was given up when Gaussian attention failed with some seeds
# on validation images. The rivals had no such second chance. No choice was made on the test images.

# %%
x_train, y_train = prepare(train_set.x), train_set["motif"].astype(int)
x_test, y_test = prepare(test_set.x), test_set["motif"].astype(int)
looker = train("gaussian", 0, x_train, y_train, callbacks=(progress("Gaussian attention, seed 0", 4),))

runs = recorded()
live = error(looker, x_test, y_test)
record("L9.where_live_error", live, band=(0.03, 0.25))
print(
    f"test error of your network: {live:.3f}; recorded for the same seed: {runs['motifs']['gaussian']['test'][0]:.3f}"
)
print(f"\n{'recorded, five seeds each':36s}parameters     test error   glimpse off the centre")
for kind, told in runs["motifs"].items():
    errors, off = np.array(told["test"]), told.get("test_centre_px", [])
    record(f"L9.where_error_{kind}", errors)
    record(f"L9.where_parameters_{kind}", told["parameters"][0])
    if off:
        record(f"L9.where_centre_off_{kind}", off, unit="px")
    spread = f"{errors.mean():.3f} ± {errors.std(ddof=1):.3f}"
    distance = f"{min(off):.1f} to {max(off):.1f} px" if off else ""
    print(f"{KINDS[kind]:36s}{told['parameters'][0]:10,d}  {spread}   {distance}")

# %% [markdown]
# On another machine your network may differ from the recorded one in its digits: sums are rounded in another order, and training
# amplifies this.
#
# Is the difference more than luck? Each seed gives a pair, one error for each kind. Take the difference seed by seed, and ask how well the
# mean of these differences is known. With $s$ for their standard deviation, the 95 % interval is
#
# $$\text{mean} \pm \text{quantile} \cdot \frac{s}{\sqrt{\text{number of seeds}}} ,$$
#
# where the quantile is that of Student's distribution at 0.975. Its degrees of freedom are one less than the number of seeds.
#
# **Exercise 4.** Write `paired_interval`. It returns the mean of `ours - rival` and the low and the high end of its 95 % interval.


# %% tags=["exercise"]
def paired_interval(rival: np.ndarray, ours: np.ndarray) -> tuple[float, float, float]:
    """Return mean, low and high end of the 95 % interval of the differences ours - rival, paired by seed."""
    ### BEGIN SOLUTION
    differences = ours - rival
    n = len(differences)
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return differences.mean(), differences.mean() - half, differences.mean() + half
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# The spread of few numbers is estimated with `ddof=1`. The error of a mean is smaller than the spread by the root of their number. `stats.t.ppf` gives
# Student's quantiles.

# %% [markdown] tags=["plan"]
# 1. Subtract first, then compute mean and standard deviation of the differences.
# 2. Half the interval is `stats.t.ppf(0.975, n - 1)` times the standard error.
# 3. Return three numbers.

# %%
check.paired_interval(paired_interval)

# %%
interval = check.paired_interval.or_provided(paired_interval)
errors = {kind: np.array(told["test"]) for kind, told in runs["motifs"].items()}
for ours, rival in itertools.product(("zoom", "gaussian", "affine"), ("plain", "max")):
    mean, low, high = interval(errors[rival], errors[ours])
    print(f"{KINDS[ours]} minus {KINDS[rival]}: {mean:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}")
    below = ours == "gaussian" or (ours, rival) == ("affine", "plain")  # so the text says
    for name, value in {"": mean, "_low": low, "_high": high}.items():
        record(f"L9.where_{ours}_minus_{rival}{name}", value, band=(-0.6, 0 if below else 0.6))
by_maximum = (errors["plain"] - errors["max"]).mean() / (errors["plain"] - errors["gaussian"]).mean()
record("L9.where_share_of_gain_by_maximum", by_maximum, band=(0.5, 1))

figure, ax = plt.subplots(figsize=(7, 3.6))
for row, values in enumerate(errors.values()):
    ax.plot(values, np.full(len(values), row), "o", color=plotting.ACCENT, alpha=0.6)
    ax.plot(values.mean(), row, "|", color=plotting.HOT, markersize=22, markeredgewidth=2)
ax.set(
    title="Test error of each seed, and their mean",
    xlabel="share of test images named wrongly",
    yticks=range(len(errors)),
    yticklabels=[KINDS[kind] for kind in errors],
    xlim=(0, None),
    ylim=(len(errors) - 0.5, -0.5),
)
record_figure(
    "paired_interval",
    figure,
    alt="One row of points for each kind of network, five seeds each, over the test error, with a bar at the mean. Gaussian attention "
    "lies left, the CNN with a global maximum a little to its right, and the plain CNN far to the right. The seeds of the affine spatial "
    "transformer spread from the maximum half the way to the plain CNN, those of the one that shifts and zooms from Gaussian attention to beyond the plain CNN.",
)
plt.show()

# %% [markdown]
# Read the intervals. Against the plain CNN of its size, Gaussian attention wins beyond doubt: the whole interval lies below zero. But most of
# the gain needs no attention. A global maximum, one line of code, removes most of the plain network's burden. A paper that compares with the plain
# CNN alone would praise attention for what a maximum does. So the interval against the maximum is the one that counts. It lies below zero too, but
# not far: a small gain is left that the maximum does not reach, at a setting that favours the networks that look.
#
# Know what these intervals leave out. They hold the luck of seeds, and no other: all kinds share one training set and one test set. And six are
# printed. One in twenty of such intervals misses by luck alone, so of several, one that ends near zero is a sign and no proof.
#
# The two spatial transformers show why one seed is no evidence. The one that shifts and zooms is as good as Gaussian attention with its best seed, and worse
# than every plain CNN with its worst, so both of its intervals contain zero. The last column of the table goes with it: the best seed has found
# the centre, the worst has lost the motif. The affine one, which may also turn and stretch its grid, found the centre with every seed, in the
# mean to within two pixels. It beats the plain CNN and does not beat the maximum: the interval contains zero, and the mean lies on the wrong side.
# Its worst seed is wrong about twice as often as its best one, and not because of the place; the last task of the lab asks what was missed.

# %% [markdown] tags=["lecturer"]
# **Timing:** sections 1 to 3 take 25 minutes, sections 4 and 5 take 20, sections 6 and 7 take 15. The recorded runs are those of `benchmarks/where_to_look.py`.
#
# **Common mistakes:** a lattice that starts at the centre, or is one stride off; rows and columns swapped; places of the small map taken for pixels; an unpaired
# interval; 1.96 with five seeds.
#
# **Discuss:** the interval treats seeds as the only source of luck. All kinds share one training set and one test set. What would you have to
# repeat to know how far the result holds for other images?

# %% [markdown]
# ## 6. Ask where it looked
#
# The network names motifs. Does it look at them? Its softmax map gives a weight to each of 12 × 12 places, and their mean is where the glimpse is
# centred. A tempting way to show this is the average of the maps over all test images.


# %%
def attention(network: keras.Model, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the softmax maps (n, 12, 12) of a network that looks, and the centres of its glimpses in pixels (n, 2)."""
    locate = network.get_layer("look").locate
    scores = keras.ops.convert_to_numpy(locate.scores(locate.features(images))).reshape(len(images), -1)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    centres = keras.ops.convert_to_numpy(locate(images))[:, :2]
    return weights.reshape(-1, 12, 12), (centres + 1) * 23.5


maps, places = attention(looker, x_test)
boxes = test_set.truth["box"]
far = np.hypot(*(places - test_set.columns(*CENTRE)).T)
record("L9.where_glimpse_off", float(far.mean()), unit="px", band=(0, 8))
print(
    f"the glimpse is centred {far.mean():.1f} pixels from the beam centre, in the mean; the median is {np.median(far):.1f}"
)

# %% [markdown]
# The average of maps cannot be wrong, and that is its fault: give every map to another image, and the average stays the same. It does not know
# which map belongs to which image. The **pointing game** does. A place that lies in the frame of *its* image is a hit. As chance, hold
# each place against the frames of all *other* images: this is what somebody reaches who points with the same habits and closed eyes.
#
# **Exercise 5.** Write `pointing`. It returns the share of places (x, y) in their own frame (left, top, right, bottom, edges included), and
# the mean share of places in the frames of other images.


# %% tags=["exercise"]
def pointing(places: np.ndarray, boxes: np.ndarray) -> tuple[float, float]:
    """Return the share of places (n, 2) in their own frames (n, 4), and in those of all other images."""
    ### BEGIN SOLUTION
    x, y = places[:, :1], places[:, 1:]
    left, top, right, bottom = boxes.T
    inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    n, own = len(places), np.trace(inside)
    return own / n, (inside.sum() - own) / (n * (n - 1))
    ### END SOLUTION


# %% [markdown] tags=["hint"]
# Compare all places with all frames at once: places as a column, `places[:, :1]`, frames as a row. The result is a table of shape (n, n), and
# the pairs of an image with itself are its diagonal.

# %% [markdown] tags=["plan"]
# 1. The rows of `boxes.T` are the four edges; `x` and `y` are columns.
# 2. One table of True and False from four comparisons.
# 3. The share is the mean of the diagonal; chance is the sum of all others over their number, `n * (n - 1)`.

# %%
check.pointing(pointing)

# %% [markdown]
# Chance is one control. The second is the same layer with **random weights**: the trained numbers of each of its tensors, shuffled. If it
# points as well, the training did not teach the layer where to look.

# %%
point = check.pointing.or_provided(pointing)
look = looker.get_layer("look")
trained, rng, controls = look.get_weights(), np.random.default_rng(0), []
for _ in range(5):
    look.set_weights([rng.permutation(each.ravel()).reshape(each.shape) for each in trained])
    controls.append(point(attention(looker, x_test)[1], boxes)[0])
look.set_weights(trained)

share, chance = point(places, boxes)
brightest = np.stack(np.unravel_index(test_set.x.reshape(2_000, -1).argmax(axis=1), (48, 48))[::-1], axis=1)
bright_share = point(brightest, boxes)[0]
right = looker.predict(x_test, batch_size=500, verbose=0).argmax(axis=1) == y_test
by_name = [point(places[some], boxes[some])[0] for some in (right, ~right)]
record("L9.where_pointing", share, band=(0.9, 1))
record("L9.where_pointing_chance", chance, band=(0, 0.4))
record("L9.where_pointing_control", controls, band=(0, 0.4))
record("L9.where_pointing_brightest", bright_share, band=(0.1, 0.4))
record("L9.where_pointing_when_right", by_name[0], band=(0.9, 1))
record("L9.where_pointing_when_wrong", by_name[1], band=(0.9, 1))
print(f"glimpse in its frame: {share:.2f}, chance: {chance:.2f}, brightest pixel: {bright_share:.2f}")
print("five sets of shuffled weights: " + ", ".join(f"{each:.2f}" for each in controls))
print(f"where the name is right: {by_name[0]:.2f}, where it is wrong: {by_name[1]:.2f}")

# %%
figure, axes = plt.subplots(1, 4, figsize=(10, 3))
for ax, row in zip(axes[:3], range(3), strict=True):
    ax.imshow(np.sqrt(test_set.x[row]), cmap="cividis")
    ax.contour(
        4 * np.arange(12) + 1.5,
        4 * np.arange(12) + 1.5,
        maps[row],
        levels=3,
        colors=plotting.HOT,
        linewidths=1,
    )
    left, top, end, bottom = boxes[row]
    ax.add_patch(
        plt.Rectangle((left, top), end - left, bottom - top, fill=False, color="white", linewidth=1.5)
    )
    ax.plot(*places[row], "+", color=plotting.HOT, markersize=12, markeredgewidth=2)
    ax.set(title=CLASSES[y_test[row]])
axes[3].imshow(maps.mean(axis=0), cmap="cividis", extent=(-0.5, 47.5, 47.5, -0.5))
axes[3].set(title="Average of all maps")
for ax in axes:
    ax.set(xticks=[], yticks=[])
record_figure(
    "pointing",
    figure,
    alt="Three test images with the frame of the motif in white, the softmax map as contours, and a cross where the glimpse is centred. "
    "Right: the average of all maps, a broad patch in the middle, which shows no motif.",
)
plt.show()

# %% [markdown]
# The trained layer points into the frame almost always. A blind pointer misses more often than it hits, and so does the brightest pixel, which is often a
# stray spot or a hot one. Nobody told the layer where the motif is: it learned the place from the names.
#
# With shuffled weights this layer points near the middle of every image, which is where a frame lies a little more often than elsewhere. Do not take
# that for a rule. For the same network trained on PyTorch we saw shuffled weights hit in more than half of the images, still far fewer than the
# trained ones. Perhaps random filters answer to brightness, and a motif is bright. This is what a control is for: it is made from your own network.
#
# Read the last line of numbers too. Where the network names the motif wrongly, it has looked at the right place just as often. So a hit says where the
# network read. It does not say what it read there, nor that the name is right. Nor does it say what led the network there: halo and ring lie around
# the same centre as the motif, so a layer that finds the halo hits the frame too.
#
# Now look at the average map on the right. It is a broad patch in the middle, because the motifs lie there on average. Shuffled over the images,
# it would be the same picture, while the hits would fall to chance. **An average of heat maps is no explanation.**

# %% [markdown]
# ## 7. Know when looking helps
#
# Are layers that look always better? Try another target, of another kind: the digits of scikit-learn, magnified to 16 × 16 pixels, in images of 32 × 32 pixels.
# They are distorted in three ways: only turned; turned, shifted and scaled; or shifted, among pieces of other digits. No digit of the test is in
# the training, however distorted. All networks train as before, on 4,000 images each.

# %%
# These lines made the recorded runs too: `benchmarks/where_to_look.py` executes this cell as it stands.
DISTORTIONS = {
    "turned": {"turn": 90, "shift": 0, "scale": (1.0, 1.0), "pieces": 0},
    "turned, shifted, scaled": {"turn": 45, "shift": 7, "scale": (0.7, 1.2), "pieces": 0},
    "shifted, among pieces": {"turn": 15, "shift": 7, "scale": (1.0, 1.0), "pieces": 4},
}


def distort(
    digits: np.ndarray,
    labels: np.ndarray,
    n: int,
    seed: int,
    *,
    turn: float,
    shift: float,
    scale: tuple[float, float],
    pieces: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return n images of 32 × 32 pixels, each with a digit turned, scaled and shifted at random, and their labels."""
    rng = np.random.default_rng(seed)
    images, which = np.zeros((n, 32, 32)), rng.permutation(np.arange(n) % len(digits))
    for image, k in zip(images, which, strict=True):
        angle = np.radians(rng.uniform(-turn, turn))
        back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        back = back / rng.uniform(*scale)
        middle = 15.5 + rng.uniform(-shift, shift, 2)
        image[:] = ndimage.affine_transform(digits[k], back, 7.5 - back @ middle, (32, 32), order=1)
        for _ in range(pieces):
            (row, column), (down, right) = rng.integers(0, 25, 2), rng.integers(0, 9, 2)
            piece = digits[rng.integers(len(digits))][down : down + 8, right : right + 8]
            place = image[row : row + 8, column : column + 8]
            np.maximum(place, piece, out=place)
    noisy = images + 0.08 * rng.standard_normal(images.shape)
    return ((noisy - 0.12) / 0.3)[..., None].astype("float32"), labels[which]


# %%
SHORT = ("turned", "scaled", "pieces")
digits = load_digits()
large = np.stack([np.clip(ndimage.zoom(each, 2, order=3) / 16, 0, 1) for each in digits.images])

figure, axes = plt.subplots(3, 6, figsize=(8, 4.4))
for line, (name, settings) in zip(axes, DISTORTIONS.items(), strict=True):
    for ax, each in zip(line, distort(large, digits.target, 6, 0, **settings)[0], strict=True):
        ax.imshow(each[..., 0], cmap="cividis")
        ax.set(xticks=[], yticks=[])
    line[0].set_title(name, loc="left", fontsize=10)
plt.show()

columns = dict(zip(SHORT, DISTORTIONS, strict=True))
print(f"{'test error, five seeds each':29s}parameters" + "".join(f"{short:>17s}" for short in columns))
for kind, told in runs["turned"].items():
    parameters = told["parameters"][0]
    record(f"L9.where_digits_parameters_{kind}", parameters)
    line = f"{KINDS[kind]:29s}{parameters:10,d}"
    for short, name in columns.items():
        errors = np.array(runs[name][kind]["test"])
        record(f"L9.where_digits_{short}_{kind}", errors)
        line += f"{errors.mean():9.3f} ± {errors.std(ddof=1):.3f}"
    print(line)

for short, name in columns.items():
    print(f"\n{name}")
    for ours, rival in itertools.product(("gaussian", "affine"), ("plain", "max")):
        ends = interval(*(np.array(runs[name][kind]["test"]) for kind in (rival, ours)))
        for end, value in zip(("", "_low", "_high"), ends, strict=True):
            record(f"L9.where_digits_{short}_{ours}_minus_{rival}{end}", value)
        pair = f"{KINDS[ours]} minus {KINDS[rival]}"
        print(f"  {pair:54s}{ends[0]:+.3f}, 95 % interval {ends[1]:+.3f} to {ends[2]:+.3f}")

# %% [markdown]
# Read the table column by column.
#
# * **Only turned.** Looking gains nothing. Both layers that look are a little worse than the plain CNN of their size, and for the affine one the
#   interval excludes zero. The maximum, with nearly twice as many parameters here, is better than all of them. The digit stands in the middle
#   already, so there is no place to find. The affine transformer could turn it upright, and in this training it does not profit from that.
# * **Turned, shifted, scaled.** Now the digit is small and misplaced. Both layers that look beat the plain CNN by far. They beat the maximum
#   too, although that network is larger. The affine transformer, which did not beat the maximum on motifs, does so on digits: who wins
#   depends on the images.
# * **Shifted, among pieces.** All kinds name most images wrongly, with every seed, and no interval excludes zero. The clutter is made of what the target is made of, and four
#   passes over 4,000 images teach none of these networks which is which. Whether more images would, was not tried.
#
# So looking helped where the target is small and misplaced, and differs from what is around it. Where one of these is missing, it had little
# to offer. If you know the centre, from a beam stop or from the finder of section 4, cut the images there. If the pattern fills the image, a
# glimpse shows the whole of it. Try the simple rival first, with the same care.

# %% [markdown]
# ## What you can say now
#
# * A glimpse is two products of matrices: a row of Gaussians for each axis. A bilinear reading does the same for any grid. Both have slopes, so
#   a training can move them, but only from where they see something.
# * A softmax map with its mean place cannot leave the image. On hard simulated images it found beam centres better than the thresholded
#   centroid; on one measured halo, round and clean, the centroid was better.
# * Compare at equal size, over seeds, in pairs, and with the strong simple rival in the table. Here it is the global maximum.
# * To claim that a network looks at the right place, play the pointing game against chance and a control. An average of maps knows nothing
#   about single images.
# * All motifs here are simulated. The shares say nothing yet about your detector.
#
# **Stretch.** Train the affine transformer with the seeds 0 and 2, a good one and a bad one: `train("affine", 0, x_train, y_train)`. Its layer
# gives its map for each image, `network.get_layer("look")(images, return_transform=True)[1]`. Draw the grids into images. Does the layer undo the
# rotation? In what do the two seeds differ?

# %% [markdown] tags=["lecturer"]
# **Backends:** the whole lab was run at full size on JAX, TensorFlow 2.21 and PyTorch 2.13, and all five checks said *correct*. The networks differ as
# those of other seeds do. All that is recorded was made on JAX.
#
# **Discuss:** for which detector images of your own facility is the target small and misplaced, and for which do you know the centre already?
# What would you show a referee who asks whether the network looked at the sample and not at the cryostat?
