package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.dashboard.Authenticator;
import dev.belay.dashboard.HostPrincipal;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.TrustedProxy;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.inspect.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is known by what the container, or a proxy before it, says. */
class AuthenticatorsTest {
    private static final TrustedProxy PROXY = TrustedProxy.at("10.1.0.0/24", "fd00::7")
            .user("X-User")
            .roles("X-Groups")
            .role("boss", Role.ADMIN)
            .role("desk", Role.OPERATOR)
            .role("money", Role.APPROVER);

    private static HttpServletRequest request(
            String address, Map<String, List<String>> headers, String user, Set<String> roles) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                AuthenticatorsTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getRemoteAddr" -> address;
                    case "getHeaders" ->
                        Collections.enumeration(headers.getOrDefault((String) arguments[0], List.of()));
                    case "getUserPrincipal" -> user.isEmpty() ? null : (Principal) () -> user;
                    case "isUserInRole" -> roles.contains((String) arguments[0]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static Optional<dev.belay.dashboard.Principal> from(String address, String user, String... groups) {
        return PROXY.authenticate(
                request(address, Map.of("X-User", List.of(user), "X-Groups", List.of(groups)), "", Set.of()));
    }

    @Test
    void theProxyIsBelievedAndNobodyElse() {
        assertThat(from("10.1.0.9", "ada", "boss"))
                .get()
                .extracting(p -> p.role())
                .isEqualTo(Role.ADMIN);
        assertThat(from("fd00::7", "ada", "boss")).isPresent();
        assertThat(from("fd00:0:0:0:0:0:0:7%eth0", "ada", "boss")).isPresent();
        for (String elsewhere : List.of(
                "10.1.1.9",
                "10.2.0.9",
                "127.0.0.1",
                "fd00::8",
                "::ffff:10.2.0.9",
                "",
                "10.1.0.9.evil.example",
                "proxy")) {
            assertThat(from(elsewhere, "ada", "boss")).as(elsewhere).isEmpty();
        }
        assertThat(PROXY.authenticate(
                        request(null, Map.of("X-User", List.of("ada"), "X-Groups", List.of("boss")), "", Set.of())))
                .isEmpty();
    }

    @Test
    void rolesAddUpAndWhoHasNoneIsNotLetIn() {
        var both = from("10.1.0.9", "ada", "other, money ,desk").orElseThrow();

        assertThat(both.role()).isEqualTo(Role.OPERATOR);
        assertThat(both.may(Permission.APPROVAL_DECIDE)).isTrue();
        assertThat(both.may(Permission.STEP_SKIP)).isTrue();
        assertThat(both.may(Permission.SETTINGS_WRITE)).isFalse();
        assertThat(from("10.1.0.9", "ada", "bosses")).isEmpty();
        assertThat(from("10.1.0.9", "", "boss")).isEmpty();
        assertThat(from("10.1.0.9", "ada")).isEmpty();
    }

    @Test
    void whatIsAmbiguousIsRefused() {
        for (Map<String, List<String>> headers : List.of(
                Map.of("X-User", List.of("ada", "root"), "X-Groups", List.of("boss")),
                Map.of("X-User", List.of("ada"), "X-Groups", List.of("boss", "desk")),
                Map.of("X-User", List.of("ada, root"), "X-Groups", List.of("boss")),
                Map.of("X-User", List.of("a\u0000da"), "X-Groups", List.of("boss")),
                Map.of("X-User", List.of("a".repeat(201)), "X-Groups", List.of("boss")))) {
            assertThatThrownBy(() -> PROXY.authenticate(request("10.1.0.9", headers, "", Set.of())))
                    .as(headers.toString())
                    .isInstanceOf(Refused.class);
        }
    }

    @Test
    void addressesThatAreNoneAreRefusedWhenConfigured() {
        for (String wrong :
                List.of("", "proxy.example", "10.1.0.0/33", "10.1.0.0/0", "10.1.0.0/", "10.1.0/24", "300.1.1.1")) {
            assertThatThrownBy(() -> TrustedProxy.at(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(TrustedProxy::at).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theContainersRolesBecomeRolesHere() {
        HostPrincipal host = HostPrincipal.withRole("belay-admin", Role.ADMIN).role("support", Role.OPERATOR);

        assertThat(host.authenticate(request("1.2.3.4", Map.of(), "ada", Set.of("support"))))
                .get()
                .extracting(p -> p.name() + " " + p.role().word())
                .isEqualTo("ada operator");
        assertThat(host.authenticate(request("1.2.3.4", Map.of(), "ada", Set.of("guest"))))
                .isEmpty();
        assertThat(host.authenticate(request("1.2.3.4", Map.of(), "", Set.of("support"))))
                .isEmpty();
        assertThat(HostPrincipal.everybody(Role.VIEWER).authenticate(request("1.2.3.4", Map.of(), "ada", Set.of())))
                .isPresent();
    }

    @Test
    void aScopeCanBeGivenToAnybody() {
        Scope one = new Scope(Optional.empty(), Optional.of(Set.of("refund")));
        Authenticator scoped = HostPrincipal.everybody(Role.VIEWER).within(principal -> one);

        assertThat(scoped.authenticate(request("1.2.3.4", Map.of(), "ada", Set.of())))
                .get()
                .extracting(p -> p.scope())
                .isEqualTo(one);
    }
}
