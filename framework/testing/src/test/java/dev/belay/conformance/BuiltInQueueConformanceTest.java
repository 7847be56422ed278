package dev.belay.conformance;

import dev.belay.testing.WorkerStarter;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Conformance of the built-in queue")
class BuiltInQueueConformanceTest extends ConformanceSuite {
    @Override
    public WorkerStarter workers() {
        return WorkerStarter.builtIn();
    }
}
