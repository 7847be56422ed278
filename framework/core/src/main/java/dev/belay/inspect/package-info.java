/**
 * Reading across sagas, for operators, dashboards and reports: lists, counts, failures, workers, queues, the audit; and decisions
 * about many sagas at once. Begin at {@link dev.belay.inspect.Inspector}.
 */
@NullMarked
package dev.belay.inspect;

import org.jspecify.annotations.NullMarked;
