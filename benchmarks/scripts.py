"""Scripts that one would write instead of a configuration: each a whole program, from the table to saved weights."""

HEAD = """
import numpy as np
import pandas as pd

table = pd.{read}("{path}").dropna(subset={columns}).sample(frac=1, random_state=0)
classes = table["{target}"].astype("category").cat.codes.to_numpy(np.int64)
train, validation = int({train} * len(table)), int({validation} * len(table))
x = table[{columns}].to_numpy(np.float32)
x = (x - x[:train].mean(0)) / x[:train].std(0)
parts = slice(train), slice(train, validation), slice(validation, None)
"""

_TORCH = """
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_num_threads({threads})
widths = [x.shape[1], *{hidden}]
hidden = [layer for i, o in zip(widths, widths[1:]) for layer in (nn.Linear(i, o), nn.ReLU())]
network = nn.Sequential(*hidden, nn.Linear(widths[-1], classes.max() + 1))
"""

_TORCH_TEST = """
with torch.no_grad():
    chosen = network(torch.tensor(x[parts[2]])).argmax(1).numpy()
print("test accuracy", (chosen == classes[parts[2]]).mean())
torch.save(network.state_dict(), "{folder}/weights.pt")
"""

TRAINED = {
    "by hand": _TORCH
    + """
xs, ys = zip(*((torch.tensor(x[part]), torch.tensor(classes[part])) for part in parts))
optimizer = torch.optim.Adam(network.parameters(), lr={lr})
for epoch in range({epochs}):
    order = torch.randperm(train)
    for start in range(0, train, {batch}):
        batch = order[start : start + {batch}]
        optimizer.zero_grad()
        loss = F.cross_entropy(network(xs[0][batch]), ys[0][batch])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        logits = network(xs[1])
        validation_loss = F.cross_entropy(logits, ys[1]).item()
        accuracy = (logits.argmax(1) == ys[1]).float().mean().item()
    print(f"epoch {epoch + 1}: validation loss {validation_loss:.4f}, accuracy {accuracy:.4f}")
"""
    + _TORCH_TEST,
    "scikit-learn": """
import joblib
from sklearn.neural_network import MLPClassifier

network = MLPClassifier({hidden}, alpha=0.0, batch_size={batch}, learning_rate_init={lr}, max_iter={epochs},
    tol=0.0, n_iter_no_change={epochs} + 1, random_state=0)
network.fit(x[parts[0]], classes[parts[0]])
for part in parts[1:]:
    print("accuracy", network.score(x[part], classes[part]))
joblib.dump(network, "{folder}/network.joblib")
""",
    "Lightning": _TORCH
    + """
import pytorch_lightning as pl
from torch.utils.data import DataLoader, TensorDataset

class Module(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.network = network
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr={lr})
    def training_step(self, batch):
        return F.cross_entropy(self.network(batch[0]), batch[1])
    def validation_step(self, batch):
        logits = self.network(batch[0])
        self.log("loss", F.cross_entropy(logits, batch[1]))
        self.log("accuracy", (logits.argmax(1) == batch[1]).float().mean())

tables = [TensorDataset(torch.tensor(x[part]), torch.tensor(classes[part])) for part in parts]
trainer = pl.Trainer(max_epochs={epochs}, accelerator="cpu", default_root_dir="{folder}", enable_progress_bar=False)
trainer.fit(Module(), DataLoader(tables[0], {batch}, shuffle=True), DataLoader(tables[1], {batch}))
"""
    + _TORCH_TEST,
    "skorch": _TORCH
    + """
import skorch
from skorch.helper import predefined_split
from torch.utils.data import TensorDataset

validated = TensorDataset(torch.tensor(x[parts[1]]), torch.tensor(classes[parts[1]]))
net = skorch.NeuralNetClassifier(network, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr={lr},
    max_epochs={epochs}, batch_size={batch}, iterator_train__shuffle=True, train_split=predefined_split(validated))
net.fit(x[parts[0]], classes[parts[0]])
"""
    + _TORCH_TEST,
    "keras on JAX": """
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras

layers = [keras.layers.Dense(width, "relu") for width in {hidden}]
network = keras.Sequential([*layers, keras.layers.Dense(int(classes.max()) + 1)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
network.compile(keras.optimizers.Adam({lr}), loss, metrics=["accuracy"])
validated = x[parts[1]], classes[parts[1]]
network.fit(x[parts[0]], classes[parts[0]], {batch}, {epochs}, validation_data=validated, verbose=2)
print("test", network.evaluate(x[parts[2]], classes[parts[2]], {batch}, verbose=0))
network.save("{folder}/network.keras")
""",
}


def script(tool: str, settings: dict[str, object]) -> str:
    """Braces of Python stay as they are."""
    text = HEAD + TRAINED[tool]
    for name, value in settings.items():
        text = text.replace("{" + name + "}", str(value))
    return text
