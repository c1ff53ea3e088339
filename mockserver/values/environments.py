"""Environments that an agent is deployed to, by the API's names for them."""

from typing import Literal, get_args

ClientEnv = Literal["sandbox", "pre-release", "live"]
CLIENT_ENVS: tuple[ClientEnv, ...] = get_args(ClientEnv)
