"""One module per Lambda function, named like its state."""
