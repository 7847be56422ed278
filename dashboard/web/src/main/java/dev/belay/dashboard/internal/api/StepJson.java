package dev.belay.dashboard.internal.api;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** One place in a saga's course, with all that happened there, both ways. */
record StepJson(UUID saga, int branch, int seq, String step, Optional<JsonNode> input, List<JournalRowJson> rows) {}
