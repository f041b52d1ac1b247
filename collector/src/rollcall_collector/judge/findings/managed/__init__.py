"""What is found of a device by what the service that manages it tells; one file a finding."""
