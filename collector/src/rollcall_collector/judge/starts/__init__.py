"""How a device's starts changed, once its model's and its version's shift is taken away."""
