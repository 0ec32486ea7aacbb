"""LiteLLM's call types: which of them the hook routes, and the kinds of the others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ccproxy.facts.calls import Kind

ROUTED: Mapping[str, str] = MappingProxyType(
    {
        "anthropic_messages": "/v1/messages",
        "acompletion": "/v1/chat/completions",
        "aresponses": "/v1/responses",
        "acompact_responses": "/v1/responses/compact",
        "agenerate_content": "/v1beta/models/:generateContent",
        "agenerate_content_stream": "/v1beta/models/:streamGenerateContent",
        "atext_completion": "/v1/completions",
        "aembedding": "/v1/embeddings",
    }
)
"""The calls that the policy routes, each with a path of its API that names no model."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "_aresponses_websocket": Kind.WEBSOCKET,
        "_arealtime": Kind.REALTIME,
        "acreate_realtime_client_secret": Kind.REALTIME,
        "acreate_realtime_transcription_session": Kind.REALTIME,
        "arealtime_calls": Kind.REALTIME,
        "pass_through_endpoint": Kind.PASS_THROUGH,
        "allm_passthrough_route": Kind.PASS_THROUGH,
        # of `pass_through_endpoints` whose target is an adapter
        "text_completion": Kind.PASS_THROUGH,
        "acreate_interaction": Kind.INTERACTIONS,
        "acreate_batch": Kind.BATCHES,
        "aingest": Kind.RAG,
        "aquery": Kind.RAG,
        "asend_message": Kind.OTHER,
        "acreate_run": Kind.OTHER,
        "arun_thread": Kind.OTHER,
        "arun_thread_stream": Kind.OTHER,
        "adecisions": Kind.OTHER,
        "asystemone": Kind.OTHER,
    }
)
_OTHER_MODALITIES = """
image_generation aimage_generation image_edit aimage_edit moderation amoderation transcription atranscription speech aspeech rerank arerank
ocr aocr acreate_video avideo_generation avideo_retrieve avideo_retrieve_job avideo_status avideo_content avideo_remix avideo_list
avideo_delete avideo_create_character avideo_get_character avideo_edit avideo_extension
"""
_SEARCHES = """
search asearch avector_store_create avector_store_search avector_store_list avector_store_retrieve avector_store_update
avector_store_delete avector_store_file_create avector_store_file_list avector_store_file_retrieve avector_store_file_content
avector_store_file_update avector_store_file_delete
"""
_STORED_AT_A_PROVIDER = """
aget_responses adelete_responses acancel_responses alist_input_items aretrieve_batch acancel_batch alist_batches afile_content
afile_retrieve afile_delete afile_list acreate_file aget_interaction adelete_interaction acancel_interaction acreate_agent aget_agent
alist_agents adelete_agent alist_agent_versions acreate_skill alist_skills aget_skill adelete_skill acreate_eval alist_evals aget_eval
aupdate_eval adelete_eval acancel_eval alist_runs aget_run acancel_run adelete_run acreate_fine_tuning_job acancel_fine_tuning_job
alist_fine_tuning_jobs aretrieve_fine_tuning_job aget_assistants acreate_assistants adelete_assistant acreate_thread aget_thread
a_add_message aget_messages acreate_container alist_containers aretrieve_container adelete_container alist_container_files
aupload_container_file aretrieve_container_file adelete_container_file aretrieve_container_file_content acreate_sandbox adelete_sandbox
"""
_TOOLS = "call_mcp_tool list_mcp_tools apply_guardrail arun_code acode_interpreter_tool"
PASSED = frozenset(f"{_OTHER_MODALITIES} {_SEARCHES} {_STORED_AT_A_PROVIDER} {_TOOLS}".split())
"""Calls that reach no chat model."""


def kind_of_call(call_type: str) -> Kind | None:
    """The kind of a call that isn't routed; None if it reaches no chat model. An unknown call is `other`."""
    return None if call_type in PASSED else KINDS.get(call_type, Kind.OTHER)
