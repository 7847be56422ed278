/**
 * LangChain4j agents inside steps: their calls of models and tools are recorded, and what is recorded is never asked, paid or done
 * again.
 *
 * <p>Start at {@link dev.belay.langchain4j.Durable}.
 */
@NullMarked
package dev.belay.langchain4j;

import org.jspecify.annotations.NullMarked;
