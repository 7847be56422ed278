package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.stream.Stream;

/** Everything about people who sign in here, if people do. */
final class SignInPages implements Section {
    private final Parts parts;

    SignInPages(Parts parts) {
        this.parts = parts;
    }

    @Override
    public List<Route> routes() {
        return parts.signIn().stream()
                .flatMap(with -> Stream.<Section>of(
                        new SignInPage(parts, with), new PasswordPage(parts, with), new UsersPage(parts, with)))
                .flatMap(section -> section.routes().stream())
                .toList();
    }
}
