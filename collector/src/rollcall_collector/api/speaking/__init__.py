"""Answers an MQTT broker that asks over HTTP who may speak, so that it needs no list of passwords."""
