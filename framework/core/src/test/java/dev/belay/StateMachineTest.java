package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import dev.belay.internal.journal.SagaTable;
import dev.belay.internal.queue.Move;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The state machine of sagas exists once, as {@link SagaState#canBecome}: {@code States} asks it before it writes a state, and the
 * group commit asks it of each end that it is given and looks in SQL whether the saga is still in the state it ends from.
 */
class StateMachineTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path MIGRATIONS = Path.of("../../sql");
    private static final String STATES = "dev.belay.internal.coordinator.States";

    /** From the table's name to where its new values end. */
    private static final Pattern UPDATE = Pattern.compile(
            "update\\s+(?:only\\s+)?(?:belay|%s)\\.saga\\s+(?:as\\s+)?(?:\\w+\\s+)?set\\s(.*?)(?:\\swhere\\s|\\sfrom\\s|\"\"\"|;)",
            Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    private static final Pattern WRITES_STATE = Pattern.compile("(?:^|[\\s,(])state\\s*[=,)]");

    @Test
    void fourStatementsWriteTheStateOfASaga() throws IOException {
        Map<String, Integer> statements = new TreeMap<>();
        for (Path file : files(SOURCES, ".java")) {
            Matcher update = UPDATE.matcher(Files.readString(file));
            while (update.find()) {
                if (WRITES_STATE.matcher(update.group(1)).find()) {
                    statements.merge(file.getFileName().toString(), 1, Integer::sum);
                }
            }
        }

        assertThat(statements).isEqualTo(Map.of("SagaTable.java", 2, "MoveStatement.java", 2));
    }

    @Test
    void noMigrationWritesTheStateOfASaga() throws IOException {
        for (Path file : files(MIGRATIONS, ".sql")) {
            Matcher update = UPDATE.matcher(Files.readString(file));
            while (update.find()) {
                assertThat(update.group(1)).as(file.toString()).doesNotContainPattern(WRITES_STATE);
            }
        }
    }

    @Test
    void statesAloneWritesByTheSagaTable() {
        JavaClasses main = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.belay");
        Set<String> writes = Set.of("turn", "end");

        ArchRuleDefinition.noClasses()
                .that()
                .doNotHaveFullyQualifiedName(STATES)
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "it writes the state of a saga",
                        (JavaCall<?> call) -> call.getTargetOwner().isEquivalentTo(SagaTable.class)
                                && writes.contains(call.getName())))
                .check(main);
    }

    @Test
    void statesAloneGivesARowAnotherState() throws IOException {
        for (Path file : files(SOURCES, ".java")) {
            Matcher turned =
                    Pattern.compile("\\b(\\w*saga\\w*)\\.turned\\(\\s*([^,]*),").matcher(Files.readString(file));
            while (turned.find() && !file.endsWith("States.java")) {
                assertThat(turned.group(2)).as("turned in " + file).isEqualTo(turned.group(1) + ".state()");
            }
        }
    }

    @Test
    void theGroupCommitEndsSagasOnlyAsTheStateMachineAllowsAndFromTheStateItWasTold() throws IOException {
        for (SagaState from : SagaState.values()) {
            for (SagaState to : SagaState.values()) {
                if (from.canBecome(to) && to.isTerminal()) {
                    assertThat(new Move.Ending(from, to, null, false).to()).isEqualTo(to);
                } else {
                    assertThatThrownBy(() -> new Move.Ending(from, to, null, false))
                            .as(from + " to " + to)
                            .hasMessageContaining("cannot end as " + to);
                }
            }
        }
        String statement = Files.readString(SOURCES.resolve("dev/belay/internal/queue/MoveStatement.java"));
        assertThat(statement).contains("join ending e on e.id = m.saga_id and e.state = m.saga_from");
    }

    @Test
    void theGroupCommitTurnsBackOnlySagasThatRun() throws IOException {
        assertThat(SagaState.RUNNING.canBecome(SagaState.COMPENSATING)).isTrue();
        String statement = Files.readString(SOURCES.resolve("dev/belay/internal/queue/MoveStatement.java"));
        String turn =
                statement.substring(statement.indexOf("String TURN"), statement.indexOf("String ADVANCE_BRANCHES"));
        assertThat(turn)
                .contains("set state = 'COMPENSATING'")
                .contains("s.state = 'RUNNING'")
                .contains("join turning t on t.id = m.saga_id and t.epoch = m.epoch");
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> files =
                    paths.filter(path -> path.toString().endsWith(ending)).toList();
            assertThat(files).as(folder.toString()).isNotEmpty();
            return files;
        }
    }
}
