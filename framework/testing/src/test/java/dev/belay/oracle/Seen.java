package dev.belay.oracle;

import java.util.List;

/**
 * What can be seen of a saga from outside.
 *
 * @param saga state, cause and flags
 * @param job the step it stands at, and what the job there does
 * @param attempts the attempts and the end, as the journal has them
 * @param calls what user code was called for
 * @param decisions the operator's decisions that were recorded
 */
record Seen(String saga, String job, List<String> attempts, List<String> calls, List<String> decisions) {}
