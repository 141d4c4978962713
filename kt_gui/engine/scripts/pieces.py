"""The pieces a script is made of, as they stand in it: each does what the engine does, to the last bit.

A piece that is not needed is left out. What a piece mirrors is named above it.
"""

DERIVE = '''
def derive(*parts):
    """One seed of many: the same parts give the same one, on every machine."""
    text = "/".join(str(part) for part in (SEED, *parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def chance(seed):
    """Chance of its own: nothing else moves it, and it moves nothing else."""
    return torch.Generator().manual_seed(seed)
'''  # devices.derive

# --- networks (small_networks) -----------------------------------------------------------------------------------

CONVOLVE = """
def convolve(inputs, outputs, *more):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True), *more
    )
"""

SMALL_CNN = """
def build(classes):
    return nn.Sequential(
        OrderedDict(
            stem=convolve(3, 16),
            block1=convolve(16, 32, nn.MaxPool2d(2)),
            block2=convolve(32, 48, nn.MaxPool2d(2)),
            block3=convolve(48, 64, nn.MaxPool2d(2)),
            block4=convolve(64, 64),
            head=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes)),
        )
    )
"""

RESNET = """
class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


def build(classes):
    net, inputs = nn.Sequential(OrderedDict(stem=convolve(3, 64))), 64
    for index, depth in enumerate({depths}):
        outputs = 64 * 2**index
        first = Residual(inputs, outputs, 1 if index == 0 else 2)
        others = (Residual(outputs, outputs, 1) for _ in range(depth - 1))
        net.add_module(f"block{{index + 1}}", nn.Sequential(first, *others))
        inputs = outputs
    net.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes)))
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return net
"""

# --- pictures (augmenting) ---------------------------------------------------------------------------------------

MIRROR = '''
def mirror(pictures, axis, generator):
    """Mirror half of the pictures."""
    chosen = torch.rand(len(pictures), generator=generator) < 0.5
    return torch.where(chosen.view(-1, 1, 1, 1), pictures.flip(axis), pictures)
'''

SHIFT = '''
def shift(pictures, generator):
    """Move each picture by up to an eighth of its side; what comes in is the mirrored edge."""
    count, _, height, width = pictures.shape
    most = max(1, width // 8)
    down = torch.randint(-most, most + 1, (count, 1), generator=generator).flatten() + most
    across = torch.randint(-most, most + 1, (count, 1), generator=generator).flatten() + most
    padded = F.pad(pictures, (most,) * 4, mode="reflect")
    return torch.stack([p[:, d : d + height, a : a + width] for p, d, a in zip(padded, down, across)])
'''

ZOOM = '''
def zoom(pictures, generator):
    """Cut a random part out of each picture and enlarge it to the whole."""
    count = len(pictures)
    area = torch.empty(count).uniform_(0.35, 1.0, generator=generator)
    ratio = torch.empty(count).uniform_(math.log(3 / 4), math.log(4 / 3), generator=generator).exp()
    width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    frames = torch.zeros(count, 2, 3)
    frames[:, 0, 0], frames[:, 1, 1] = width, height
    frames[:, 0, 2] = (2 * torch.rand(count, generator=generator) - 1) * (1 - width)
    frames[:, 1, 2] = (2 * torch.rand(count, generator=generator) - 1) * (1 - height)
    grid = F.affine_grid(frames, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
'''

JITTER = '''
def jitter(pictures, strength, generator):
    """Vary brightness, contrast and saturation of each picture by a factor of 1 +- strength."""
    factors = torch.empty(3, len(pictures), 1, 1, 1).uniform_(1 - strength, 1 + strength, generator=generator)
    varied = (pictures * factors[0]).clamp(0, 1)
    mean = grey(varied).mean(dim=(2, 3), keepdim=True)
    varied = ((varied - mean) * factors[1] + mean).clamp(0, 1)
    level = grey(varied)
    return ((varied - level) * factors[2] + level).clamp(0, 1)


def grey(pictures):
    return pictures[:, :1] * 0.299 + pictures[:, 1:2] * 0.587 + pictures[:, 2:] * 0.114
'''

# --- the learning rate over time (optimisation) --------------------------------------------------------------------

WARM = '''
def warm(progress, warmup):
    """Climb from a hundredth of the learning rate, for so many epochs."""
    return 1.0 if progress >= warmup else 0.01 + 0.99 * progress / warmup
'''

HALF_COSINE = """
def half_cosine(start, end, share):
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
"""

STEP = """
def step_down(progress, warmup, every, factor):
    return warm(progress, warmup) * factor ** int(progress / every)
"""

COSINE = """
def cosine(progress, epochs, warmup):
    if progress < warmup:
        return warm(progress, warmup)
    return half_cosine(1.0, 0.0, (progress - warmup) / max(epochs - warmup, 1e-9))
"""

ONE_CYCLE = """
def one_cycle(progress, epochs, climb):
    share = progress / epochs
    if share < climb:
        return half_cosine(1 / 25, 1.0, share / climb)
    return half_cosine(1.0, 1 / 25 / 1e4, (share - climb) / (1 - climb))
"""

# --- freezing ------------------------------------------------------------------------------------------------------

BLOCK_OF = '''
def block_of(name):
    """The block of a parameter or a layer: that of the longest known beginning of its name."""
    while name not in BLOCK:
        name = name.rpartition(".")[0]
    return BLOCK[name]
'''

GROUPS = '''
def groups(net, rate, head_factor, layer_decay, decay, head_decay):
    """The parameters of each block, from the head down, and the learning rate each has before the schedule."""
    made = []
    for distance, block in enumerate(reversed(BLOCKS)):
        own = [parameter for name, parameter in net.named_parameters() if block_of(name) == block]
        base = rate * (layer_decay**distance if distance else head_factor)
        made.append({"params": own, "base": base, "lr": base, "weight_decay": decay if distance else head_decay})
    return [group for group in made if group["params"]]
'''  # optimisation.build_optimiser

# --- judging (evaluation) ----------------------------------------------------------------------------------------

JUDGE = '''
@torch.no_grad()
def judge(net, part):
    """How many pictures are right, and the mean loss."""
    net.eval()
    pictures, labels = DATA[part], DATA[f"{part} labels"]
    most = max(1, min(512, 4_000_000 // pictures[0, 0].numel()))
    batches = torch.arange(len(labels)).tensor_split(math.ceil(len(labels) / most))
    logits = torch.cat([net(seen(pictures[batch] / 255)) for batch in batches])
    return int((logits.argmax(1) == labels).sum()), float(F.cross_entropy(logits, labels))
'''
