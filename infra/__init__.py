"""The CDK app: typed configuration, one stack, one construct per concern."""
