"""Configurations of other routers, as people have them."""

from __future__ import annotations

EARLIER = """\
litellm:
  host: 127.0.0.1
  port: 4000
  num_workers: 4
  debug: true
  detailed_debug: false

ccproxy:
  debug: true
  rules:
    - label: token_count
      rule: ccproxy.rules.TokenCountRule
      params:
        - threshold: 60000
    - label: background
      rule: ccproxy.rules.MatchModelRule
      params:
        - model_name: claude-3-5-haiku-20241022
    - label: think
      rule: ccproxy.rules.ThinkingRule
    - label: web_search
      rule: ccproxy.rules.MatchToolRule
      params:
        - tool_name: WebSearch
"""
"""All four classes, their parameters by name."""

LATER = """\
ccproxy:
  handler: "ccproxy.handler:CCProxyHandler"
  default_model_passthrough: false
  oat_sources: {anthropic: "cat token"}
  inspector: {port: 8080}
  hooks:
    - ccproxy.hooks.rule_evaluator
    - hook: ccproxy.hooks.forward_oauth
      params: {a: 1}
    - my_hooks.inject
  rules:
    - name: high-token-count
      rule: ccproxy.rules.TokenCountRule
      params: {threshold: 60_000}
    - {name: sonnet 4.5, rule: ccproxy.rules.MatchModelRule, params: [sonnet-4]}
    - {name: web, rule: ccproxy.rules.MatchToolRule, params: [WebFetch]}
    - {name: tags, rule: my_rules.VipUser, params: [gold, 3, true]}
    - {name: tokens, rule: my_rules.pkg.Deep, params: [{tier: gold}, {level: 0.5}]}
    - {name: plain, rule: my_rules.Plain}
    - {name: never, rule: my_rules.Lists, params: [{users: [ada, grace]}]}
"""
"""Names, parameters by their place, classes of one's own."""

CODE_ROUTER = """\
{
	// my router
	"// models": "what they are for",
	"// models": "and what not",
	"LOG": true,
	"PORT": 3456,
	"API_TIMEOUT_MS": "600000",
	"PROXY_URL": "http://127.0.0.1:7890",
	"Providers": [
		{
			"name": "openrouter",
			"api_base_url": "https://openrouter.ai/api/v1/chat/completions",
			"api_key": "$OPENROUTER_API_KEY",
			"models": ["google/gemini-2.5-pro-preview", "anthropic/claude-sonnet-4"],
			"transformer": {"use": ["openrouter"]}
		},
		{"name": "ollama", "api_base_url": "http://localhost:11434/v1/chat/completions", "api_key": "ollama",
			"models": ["qwen2.5-coder:latest"]},
		{"name": "glm", "api_base_url": "https://api.z.example/api/anthropic/v1/messages", "api_key": "${GLM_KEY}", "models": ["glm-4.6"],},
	],
	"Router": {
		"default": "glm,glm-4.6",
		"background": "ollama,qwen2.5-coder:latest",
		"//": "hard tasks",
		"think": "glm,glm-4.6",
		"longContext": "openrouter,google/gemini-2.5-pro-preview",
		"longContextThreshold": 80000,
		"review": "glm,glm-4.6",
		"webSearch": "",
		"image": "openrouter,anthropic/claude-sonnet-4"
	}, /* "webSearch": "gemini" */
	"CUSTOM_ROUTER_PATH": "/home/ada/custom-router.js",
	"REWRITE_SYSTEM_PROMPT": ""
}
"""

TAGS = """\
model_list:
  - model_name: gpt-5
    litellm_params: {model: openai/small, api_key: k, tags: [free]}
  - model_name: gpt-5
    litellm_params: {model: openai/gpt-5, api_key: os.environ/OPENAI_API_KEY, tags: [paid, team-a]}
  - model_name: gpt-5
    litellm_params: {model: openai/gpt-5-mini, api_key: os.environ/OPENAI_API_KEY, tags: [default]}
    model_info: {id: mini, max_input_tokens: 5}
  - model_name: plain
    litellm_params: {model: openai/plain}
  - model_name: smart
    litellm_params: {model: auto_router/complexity_router, complexity_router_config: {tiers: {SIMPLE: plain}}}
  - model_name: near
    litellm_params: {model: auto_router/near, auto_router_config_path: routes.json}
litellm_settings: {callbacks: [prometheus], drop_params: true}
router_settings: {enable_tag_filtering: true, num_retries: 2}
"""

FILES = {"earlier.yaml": EARLIER, "later.yaml": LATER, "config.json": CODE_ROUTER, "tags.yaml": TAGS}
