package dev.belay.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.SagaDefinition;
import dev.belay.SagaNotCompleted;
import dev.belay.SagaState;
import dev.belay.StepRejected;
import dev.belay.embedded.LocalPostgres;
import dev.belay.readme.Services.Flight;
import dev.belay.readme.Services.Flights;
import dev.belay.readme.Services.Payments;
import dev.belay.readme.Services.Receipt;
import dev.belay.readme.Services.Trip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The README's example is code that compiles and runs, its links lead somewhere, and its first screen is one screen. */
class ReadmeTest {
    private static final Path ROOT = root();
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("README.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    private static String read(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static String firstExample() throws IOException {
        Matcher block = JAVA_BLOCK.matcher(read("README.md"));
        assertThat(block.find()).as("README.md has a block of Java").isTrue();
        return block.group(1);
    }

    @Test
    void firstExampleIsCompiledWordForWord() throws IOException {
        assertThat(read("framework/core/src/test/java/dev/belay/readme/BookTrip.java"))
                .endsWith(firstExample());
    }

    @Test
    void firstExampleEndsWithinTheFirstScreen() throws IOException {
        List<String> lines = read("README.md").lines().toList();

        assertThat(firstExample().lines().count()).isLessThanOrEqualTo(20);
        assertThat(lines.indexOf("```java")).isLessThan(15);
        assertThat(lines).hasSizeLessThanOrEqualTo(200);
    }

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        try (Stream<Path> all = Stream.concat(
                Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "sql/README.md")
                        .map(ROOT::resolve),
                Files.walk(ROOT.resolve("docs")))) {
            for (Path page : all.filter(path -> path.toString().endsWith(".md")).toList()) {
                Matcher link = LINK.matcher(Files.readString(page));
                while (link.find()) {
                    if (!link.group(1).startsWith("http")) {
                        assertThat(page.resolveSibling(link.group(1)))
                                .as("a link in %s", ROOT.relativize(page))
                                .exists();
                    }
                }
            }
        }
    }

    // ---- it runs

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Flights flights = new Flights() {
        @Override
        public Flight book(Trip trip, String key) {
            log.add("booked " + trip.to());
            return new Flight("F-" + trip.to(), 240);
        }

        @Override
        public void cancel(String key) {
            log.add("cancelled");
        }
    };

    /** The example uses the default schema and always the same key, as a reader's own would. */
    @BeforeEach
    void beginAnew() throws SQLException {
        try (Connection connection = LocalPostgres.shared().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop schema if exists belay cascade");
        }
    }

    private static Receipt run(SagaDefinition<Trip, Receipt> bookTrip) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        try (HikariDataSource pool = new HikariDataSource(config)) {
            return BookTrip.run(pool, bookTrip, new Trip("Oslo"));
        }
    }

    @Test
    void exampleBooksAndPays() {
        Payments payments = (flight, key) -> new Receipt(flight.price());

        assertThat(run(BookTrip.define(flights, payments))).isEqualTo(new Receipt(240));
        assertThat(log).containsExactly("booked Oslo");
    }

    @Test
    void exampleStartedAgainWithItsKeyFindsTheSameSaga() {
        SagaDefinition<Trip, Receipt> bookTrip = BookTrip.define(flights, (flight, key) -> new Receipt(flight.price()));

        run(bookTrip);
        run(bookTrip);

        assertThat(log).containsExactly("booked Oslo");
    }

    @Test
    void exampleCancelsTheFlightWhenTheCardIsDeclined() {
        Payments payments = (flight, key) -> {
            throw new StepRejected("declined");
        };

        assertThatThrownBy(() -> run(BookTrip.define(flights, payments)))
                .isInstanceOfSatisfying(
                        SagaNotCompleted.class, e -> assertThat(e.state()).isEqualTo(SagaState.COMPENSATED));
        assertThat(log).containsExactly("booked Oslo", "cancelled");
    }
}
