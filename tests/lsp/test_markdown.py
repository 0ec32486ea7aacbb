"""What an editor tells of a label."""

from __future__ import annotations

from pathlib import Path

from ccproxy import Models
from ccproxy.lsp.markdown import describe_label
from ccproxy.models.model_list_reader import read_model_list

CONFIG = """
model_list:
  - model_name: long
    litellm_params: {model: hosted_vllm/own, input_cost_per_token: 1.0e-06, output_cost_per_token: 2.0e-06}
    model_info:
      max_input_tokens: 200000
      supports_vision: true
      supports_pdf_input: false
      deprecation_date: "2027-01-31"
      input_cost_per_token_above_100k_tokens: 3.0e-06
  - model_name: unknown
    litellm_params: {model: hosted_vllm/other}
"""


def test_a_label_tells_what_stands_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    models, behind = read_model_list(path)[0], Models.read(path)
    told = describe_label("long", models, behind)
    assert told.startswith("**long**: `hosted_vllm/own`\n\nfrom the model_list of config.yaml\n\n")
    limits, takes, lacks, *prices, retires = told.rpartition("`: ")[2].split("; ")
    assert (limits, takes, lacks, retires) == ("200,000 tokens of input", "takes images", "not documents", "retires 2027-01-31")
    assert prices == ["$1 in, $2 out for a million tokens", "above 100,000 tokens $3 in, $2 out"]
    assert "tokens" not in describe_label("unknown", models, behind)
