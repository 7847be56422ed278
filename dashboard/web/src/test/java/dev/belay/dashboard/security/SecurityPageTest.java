package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page about security says of roles what the code does. */
class SecurityPageTest {
    @Test
    void theTableOfRolesIsTheCodes() throws IOException {
        String page = Files.readString(Path.of("../../docs/dashboard-security.md"));
        List<String> rows = Arrays.stream(Permission.values())
                .map(permission -> "| `" + permission.word() + "` | "
                        + Stream.of(Role.values())
                                .map(role -> role.permissions().contains(permission) ? "yes" : "–")
                                .collect(Collectors.joining(" | "))
                        + " |")
                .toList();

        assertThat(page.lines().filter(line -> line.startsWith("| `")).toList()).containsExactlyElementsOf(rows);
    }
}
