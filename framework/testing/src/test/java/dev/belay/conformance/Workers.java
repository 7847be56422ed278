package dev.belay.conformance;

import dev.belay.testing.WorkerStarter;

/** How the runtime under test makes its workers. */
public interface Workers {
    WorkerStarter workers();
}
