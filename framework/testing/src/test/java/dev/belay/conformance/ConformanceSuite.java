package dev.belay.conformance;

import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import dev.belay.testing.WorkerStarter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * All scenarios, to be run on one runtime. A subclass names the runtime and says how its workers are made; it needs a constructor
 * without arguments, because scenario 13 makes workers in another process too.
 */
@BelayTest
@Tag("conformance")
@TestMethodOrder(MethodOrderer.DisplayName.class)
abstract class ConformanceSuite
        implements ForwardScenarios,
                UndoScenarios,
                CrashScenarios,
                DecisionScenarios,
                RaceScenarios,
                DeployScenarios,
                BranchScenarios,
                FamilyScenarios,
                LockScenarios,
                SavepointScenarios,
                UnknownScenarios,
                TimeScenarios {

    @BeforeEach
    void onThisRuntime(SagaKit kit) {
        kit.workersBy(workers());
    }

    @Override
    public abstract WorkerStarter workers();
}
