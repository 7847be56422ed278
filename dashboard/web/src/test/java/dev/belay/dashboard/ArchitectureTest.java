package dev.belay.dashboard;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds for all of the dashboard's main code and pages. */
class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter().importPath(compiledClasses());

    private static Path compiledClasses() {
        try {
            return Path.of(Dashboard.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void engineIsSeenByItsApiAlone() {
        noClasses()
                .that()
                .resideInAPackage("dev.belay.dashboard..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.belay.internal..")
                .check(MAIN);
    }

    @Test
    void partsDoNotDependOnEachOtherInCircles() {
        slices().matching("dev.belay.dashboard.internal.(*)..")
                .should()
                .beFreeOfCycles()
                .check(MAIN);
    }

    @Test
    void sqlIsWrittenWhereTheDashboardsOwnTablesAre() {
        noClasses()
                .that()
                .resideInAPackage("dev.belay.dashboard..")
                .and()
                .resideOutsideOfPackage("dev.belay.dashboard.internal.store..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jdbi.v3.core.statement..")
                .because("a statement is found where its table is; others may hold a transaction open")
                .check(MAIN);
    }

    @Test
    void noPageHasScriptsOrStylesInItselfOrTrustsText() throws IOException {
        Pattern forbidden =
                Pattern.compile("\\$unsafe|\\sstyle=|<style|\\son[a-z]+=|javascript:|<script(?![^>]*\\ssrc=)");
        Path pages = Path.of("src/main/jte");
        List<Path> files;
        try (Stream<Path> found = Files.walk(pages)) {
            files = found.filter(file -> file.toString().endsWith(".jte")).toList();
        }
        assertThat(files).hasSizeGreaterThan(30);
        for (Path file : files) {
            assertThat(forbidden.matcher(Files.readString(file)).find())
                    .as(file.toString())
                    .isFalse();
        }
    }
}
