"""Networks by name, each in a file of its own."""

from labwork.models._autoencoder import Autoencoder
from labwork.models._classifier import Classifier
from labwork.models._codec import ConvDecoder, ConvEncoder
from labwork.models._conv_units import ConvBlock, ConvNormAct, NormActConv
from labwork.models._convnext import (
    ConvNeXt,
    ConvNeXtBackbone,
    ConvNeXtBlock,
    ConvNeXtDownsample,
    ConvNeXtHead,
    ConvNeXtStem,
    initialize_convnext,
)
from labwork.models._convolutional import ConvStem, NormAct
from labwork.models._dcgan import GAN, DCGANDiscriminator, DCGANGenerator, initialize_dcgan
from labwork.models._deeplab import AtrousSpatialPyramidPooling, DeepLabV3Plus, DeepLabV3PlusDecoder
from labwork.models._densenet import DenseNet, DenseNetBackbone
from labwork.models._densenet_block import DenseNetBlock, DenseNetTransition
from labwork.models._glow import Glow, GlowLevel
from labwork.models._initialization import initialize_kaiming
from labwork.models._irevnet import IRevNet, IRevNetBackbone
from labwork.models._ladder import LadderDecoder, LadderStep, ResidualLadderStep
from labwork.models._ladder_densenet import LadderDenseNet
from labwork.models._mlp import MLP, LinearBlock, MLPBackbone
from labwork.models._resnet_block import ResNetBlock
from labwork.models._resnet_initialization import initialize_resnet
from labwork.models._resnet_v1 import ResNetV1, ResNetV1Backbone, ResNetV1Block
from labwork.models._resnet_v2 import ResNetV2, ResNetV2Backbone, ResNetV2Block
from labwork.models._segmentation_resnet import SegmentationResNet
from labwork.models._segmenter import Segmenter
from labwork.models._small_image_classifier import SmallImageClassifier
from labwork.models._spatial_pyramid import SpatialPyramidPooling
from labwork.models._swiftnet import SwiftNet
from labwork.models._swiftnet_pyramid import PyramidDecoder, SwiftNetPyramid
from labwork.models._translators import translate_params, translators
from labwork.models._unet import UNet, UNetBackbone, UNetBlock, UNetDecoder, UNetStep
from labwork.models._vae import VAE, VAEOutput
from labwork.models._vgg import VGG, initialize_vgg
from labwork.models._vgg_features import VGGFeatures
from labwork.models._vit import (
    PatchEmbedding,
    TransformerBlock,
    ViT,
    ViTBackbone,
    ViTHead,
    initialize_vit,
)
from labwork.models._vunet import (
    VUNet,
    VUNetBlock,
    VUNetBottleneck,
    VUNetDecoder,
    VUNetEncoder,
    VUNetOutput,
    VUNetPosterior,
    VUNetUp,
    WeightNormConv2d,
    initialize_from_data,
)
from labwork.models._wide_resnet import WideResNet, WideResNetBackbone

__all__ = [
    "AtrousSpatialPyramidPooling",
    "Autoencoder",
    "Classifier",
    "ConvBlock",
    "ConvDecoder",
    "ConvEncoder",
    "ConvNeXt",
    "ConvNeXtBackbone",
    "ConvNeXtBlock",
    "ConvNeXtDownsample",
    "ConvNeXtHead",
    "ConvNeXtStem",
    "ConvNormAct",
    "ConvStem",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "DeepLabV3Plus",
    "DeepLabV3PlusDecoder",
    "DenseNet",
    "DenseNetBackbone",
    "DenseNetBlock",
    "DenseNetTransition",
    "GAN",
    "Glow",
    "GlowLevel",
    "IRevNet",
    "IRevNetBackbone",
    "LadderDecoder",
    "LadderDenseNet",
    "LadderStep",
    "LinearBlock",
    "MLP",
    "MLPBackbone",
    "NormAct",
    "NormActConv",
    "PatchEmbedding",
    "PyramidDecoder",
    "ResNetBlock",
    "ResNetV1",
    "ResNetV1Backbone",
    "ResNetV1Block",
    "ResNetV2",
    "ResNetV2Backbone",
    "ResNetV2Block",
    "ResidualLadderStep",
    "SegmentationResNet",
    "Segmenter",
    "SmallImageClassifier",
    "SpatialPyramidPooling",
    "SwiftNet",
    "SwiftNetPyramid",
    "TransformerBlock",
    "UNet",
    "UNetBackbone",
    "UNetBlock",
    "UNetDecoder",
    "UNetStep",
    "VAE",
    "VAEOutput",
    "VGG",
    "VGGFeatures",
    "VUNet",
    "VUNetBlock",
    "VUNetBottleneck",
    "VUNetDecoder",
    "VUNetEncoder",
    "VUNetOutput",
    "VUNetPosterior",
    "VUNetUp",
    "ViT",
    "ViTBackbone",
    "ViTHead",
    "WeightNormConv2d",
    "WideResNet",
    "WideResNetBackbone",
    "initialize_convnext",
    "initialize_dcgan",
    "initialize_from_data",
    "initialize_kaiming",
    "initialize_resnet",
    "initialize_vgg",
    "initialize_vit",
    "translate_params",
    "translators",
]
