package dev.belay.dashboard.internal.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Carries what an action has to say to the page after it, in a cookie, whichever process serves that. */
final class Toasts {
    private static final String COOKIE = "belay-said";
    private static final int SECONDS = 60;
    private static final int LONGEST = 600;

    private Toasts() {}

    static void keep(HttpServletRequest request, HttpServletResponse response, Answer.Toast toast) {
        String words = toast.words().length() <= LONGEST
                ? toast.words()
                : toast.words().substring(0, LONGEST) + "…";
        String text = (toast.good() ? "+" : "-") + toast.link().orElse("") + "\n" + words;
        String value = Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        Cookies.set(request, response, COOKIE, value, "Strict", SECONDS);
    }

    static Optional<Answer.Toast> take(HttpServletRequest request, HttpServletResponse response) {
        Optional<String> value = Cookies.get(request, COOKIE);
        if (value.isEmpty() || value.get().isEmpty()) {
            return Optional.empty();
        }
        Cookies.set(request, response, COOKIE, "", "Strict", 0);
        try {
            String text = new String(Base64.getUrlDecoder().decode(value.get()), StandardCharsets.UTF_8);
            int at = text.indexOf('\n');
            String link = text.substring(1, at);
            return Optional.of(new Answer.Toast(
                    text.charAt(0) == '+',
                    text.substring(at + 1),
                    Optional.of(link).filter(OwnPath::is)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }
}
