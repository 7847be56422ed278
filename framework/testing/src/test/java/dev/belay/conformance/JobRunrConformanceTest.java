package dev.belay.conformance;

import dev.belay.testing.WorkerStarter;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Conformance of the steps as JobRunr jobs")
class JobRunrConformanceTest extends ConformanceSuite {
    @Override
    public WorkerStarter workers() {
        return new JobRunrWorkers();
    }
}
