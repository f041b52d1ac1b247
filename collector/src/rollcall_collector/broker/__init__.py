"""The MQTT broker between devices and collector: Mosquitto as our child, an embedded one, or the school's own."""
