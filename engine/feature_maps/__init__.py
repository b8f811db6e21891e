"""Real activations of a network for one picture, with pretrained weights where they can be had."""

from __future__ import annotations

from engine.download import CancelledError, DownloadError, RemoteFile
from engine.feature_maps.activations import (
    FeatureMap,
    FeatureMapError,
    FeatureMaps,
    feature_maps,
    inside,
    places,
)
from engine.feature_maps.fetching import Fetch, Fetching
from engine.feature_maps.own import own, own_network
from engine.feature_maps.weights import Network, cached, fetch, load_weights, network, remote_file

__all__ = [
    "CancelledError",
    "DownloadError",
    "FeatureMap",
    "FeatureMapError",
    "FeatureMaps",
    "Fetch",
    "Fetching",
    "Network",
    "RemoteFile",
    "cached",
    "feature_maps",
    "fetch",
    "inside",
    "load_weights",
    "network",
    "own",
    "own_network",
    "places",
    "remote_file",
]
