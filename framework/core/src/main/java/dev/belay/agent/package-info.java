/** Calls of models and tools inside steps: recorded, priced, limited, budgeted, approved. Depends on no AI library. */
@NullMarked
package dev.belay.agent;

import org.jspecify.annotations.NullMarked;
