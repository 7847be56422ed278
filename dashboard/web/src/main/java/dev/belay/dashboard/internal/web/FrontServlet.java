package dev.belay.dashboard.internal.web;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.inspect.Scope;
import gg.jte.output.Utf8ByteOutput;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes every request through the same gates, in this order: headers, path, route, who it is, whether they may, where it comes from.
 * Only then is a handler called.
 */
public final class FrontServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(FrontServlet.class);
    private static final Principal NOBODY = new Principal("nobody", Role.VIEWER, Set.of(), Scope.everything());

    private final transient Router router;
    private final transient Door door;
    private final transient Csrf csrf;
    private final transient Assets assets;
    private final transient Clock clock;
    private final transient Streams streams;
    private final transient Templates templates = new Templates();
    private final boolean overTls;

    /**
     * A servlet over {@code router}.
     *
     * @param overTls whether browsers come over TLS even where the container does not know
     */
    public FrontServlet(
            Router router, Door door, Csrf csrf, Assets assets, Clock clock, Streams streams, boolean overTls) {
        this.router = router;
        this.door = door;
        this.csrf = csrf;
        this.assets = assets;
        this.clock = clock;
        this.streams = streams;
        this.overTls = overTls;
    }

    /** The routes, for what checks or describes them. */
    public Router router() {
        return router;
    }

    @Override
    protected void service(HttpServletRequest sent, HttpServletResponse response) throws IOException {
        HttpServletRequest request = overTls ? new OverTls(sent) : sent;
        Headers.on(request, response);
        Optional<Principal> principal = Optional.empty();
        boolean api = rawPath(request).startsWith("/api/");
        try {
            List<String> parts = Paths.parts(rawPath(request));
            Method method = method(request);
            Optional<Router.Match> found = router.find(method, parts);
            boolean anybody = found.isPresent() && found.get().route().access().open();
            if (found.isPresent() && found.get().route().isFile()) {
                door.refuseOthers(request);
            } else {
                principal = door.whoIs(request);
            }
            if (principal.isEmpty() && !anybody) {
                askToSignIn(request, response, api);
                return;
            }
            Router.Match match = found.orElseThrow(() -> router.knows(parts)
                    ? new Refused(405, "This address is for " + (method == Method.GET ? "POST" : "GET") + " only.")
                    : Refused.notFound("There is no page at this address."));
            Principal who = principal.orElse(NOBODY);
            Optional<Permission> needed = match.route().access().permission();
            if (needed.isPresent() && !who.may(needed.get())) {
                throw Call.forbidden(who, needed.get());
            }
            if (method == Method.POST) {
                Csrf.refuseOtherSites(request);
            }
            Posted posted = method == Method.POST ? Posted.read(request, api) : Posted.query(request);
            if (method == Method.POST) {
                csrf.check(
                        request,
                        api,
                        posted.first("csrf"),
                        principal.map(Principal::name).orElse(""));
            }
            Call call = new Call(request, match.route(), match.variables(), who, posted.form(), posted.body());
            write(
                    request,
                    response,
                    who,
                    principal.isPresent(),
                    match.route().handler().handle(call));
        } catch (Refused e) {
            if (e.instead().isPresent() && !api && !"POST".equals(request.getMethod())) {
                goTo(request, response, e.instead().get());
            } else {
                tell(request, response, principal, api, Refusals.of(e));
            }
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            // What a container would say of it is its own business, and might be too much.
            tell(request, response, principal, api, Refusals.of(e));
        }
    }

    private static Method method(HttpServletRequest request) {
        return switch (request.getMethod()) {
            case "GET", "HEAD" -> Method.GET;
            case "POST" -> Method.POST;
            default -> throw new Refused(405, "Only GET and POST are answered here.");
        };
    }

    private static String rawPath(HttpServletRequest request) {
        String base = base(request);
        String uri = request.getRequestURI();
        return uri.startsWith(base) ? uri.substring(base.length()) : uri;
    }

    private static String base(HttpServletRequest request) {
        return request.getContextPath() + request.getServletPath();
    }

    private void askToSignIn(HttpServletRequest request, HttpServletResponse response, boolean api) throws IOException {
        boolean page = !api
                && "GET".equals(request.getMethod())
                && router.find(Method.GET, List.of("sign-in")).isPresent();
        if (page) {
            String query = request.getQueryString();
            String back = rawPath(request) + (query == null ? "" : "?" + query);
            goTo(request, response, "/sign-in?back=" + Frame.encoded(back));
        } else {
            tell(request, response, Optional.empty(), api, new Refusals.Told(401, "sign-in", "Sign in first.", 0));
        }
    }

    private void tell(
            HttpServletRequest request,
            HttpServletResponse response,
            Optional<Principal> principal,
            boolean api,
            Refusals.Told told)
            throws IOException {
        if (response.isCommitted()) {
            // Ended as if it were whole, half a download would be taken for all of it; so the connection is broken.
            throw new IOException("An answer was cut off: " + told.words());
        }
        response.resetBuffer();
        if (response.containsHeader("Content-Disposition")) {
            response.setHeader("Content-Disposition", "inline");
        }
        if (told.status() == 405) {
            response.setHeader("Allow", "GET, HEAD, POST");
        }
        if (told.retryAfter() > 0) {
            response.setHeader("Retry-After", Integer.toString(told.retryAfter()));
        }
        if (api) {
            writeBytes(
                    request,
                    response,
                    told.status(),
                    "application/json",
                    Json.bytes(Map.of("error", told.kind(), "words", told.words())));
        } else {
            // A dialog shows the words where the form is; the page under it stays as it is.
            boolean inDialog = "true".equals(request.getHeader("HX-Request"));
            Optional<String> form = principal.isPresent() ? formOf(request) : Optional.empty();
            writePage(
                    request,
                    response,
                    principal.orElse(NOBODY),
                    principal.isPresent(),
                    new Answer.Page(
                            told.status(), inDialog ? "refusal" : "error", new ErrorPage(told.status(), told.words(), form)));
        }
    }

    /** Where the form stands that was posted, with what it was asked about: most are at the address they are posted to. */
    private Optional<String> formOf(HttpServletRequest request) {
        if (!"POST".equals(request.getMethod())) {
            return Optional.empty();
        }
        try {
            if (router.find(Method.GET, Paths.parts(rawPath(request))).isEmpty()) {
                return Optional.empty();
            }
        } catch (Refused e) {
            return Optional.empty();
        }
        return Optional.of(rawPath(request) + queryOfForm(request)).filter(OwnPath::is);
    }

    private static String queryOfForm(HttpServletRequest request) {
        String from = request.getHeader("Referer");
        if (from != null) {
            try {
                URI page = new URI(from);
                // Only what was asked is taken from it; where the link leads is this address whatever it says.
                if (request.getRequestURI().equals(page.getRawPath()) && page.getRawQuery() != null) {
                    return "?" + page.getRawQuery();
                }
            } catch (URISyntaxException e) {
                // Then it is as if nothing had been said.
            }
        }
        return request.getQueryString() == null ? "" : "?" + request.getQueryString();
    }

    private void write(
            HttpServletRequest request, HttpServletResponse response, Principal who, boolean known, Answer answer)
            throws IOException {
        if (answer instanceof Answer.Page page) {
            writePage(request, response, who, known, page);
        } else if (answer instanceof Answer.Json json) {
            writeBytes(request, response, json.status(), "application/json", Json.bytes(json.value()));
        } else if (answer instanceof Answer.GoTo goTo) {
            goTo.toast().ifPresent(toast -> Toasts.keep(request, response, toast));
            goTo(request, response, goTo.path());
        } else if (answer instanceof Answer.Raw raw) {
            raw.cacheControl().ifPresent(value -> response.setHeader("Cache-Control", value));
            writeBytes(request, response, raw.status(), raw.type(), raw.bytes());
        } else if (answer instanceof Answer.Download download) {
            response.setContentType(download.type() + "; charset=utf-8");
            response.setHeader(
                    "Content-Disposition",
                    "attachment; filename=\"" + download.name().replaceAll("[^A-Za-z0-9._-]", "_") + "\"");
            if (!"HEAD".equals(request.getMethod())) {
                download.body().to(response.getOutputStream());
            }
        } else if (answer instanceof Answer.Keeping keeping) {
            Cookies.set(
                    request,
                    response,
                    keeping.cookie(),
                    keeping.value().orElse(""),
                    "Strict",
                    keeping.value().isPresent() ? -1 : 0);
            Csrf.renew(request, response);
            write(request, response, who, known, keeping.answer());
        } else if (answer instanceof Answer.Events events) {
            streams.open(
                    request,
                    response,
                    events.source(),
                    who.name(),
                    () -> door.whoIs(request).equals(Optional.of(who)));
        }
    }

    private static void goTo(HttpServletRequest request, HttpServletResponse response, String path) {
        String target = base(request) + path;
        if ("true".equals(request.getHeader("HX-Request"))) {
            response.setStatus(204);
            response.setHeader("HX-Redirect", target);
        } else {
            response.setStatus(303);
            response.setHeader("Location", target);
        }
    }

    private void writePage(
            HttpServletRequest request, HttpServletResponse response, Principal who, boolean known, Answer.Page page)
            throws IOException {
        String query = request.getQueryString();
        boolean whole = !"true".equals(request.getHeader("HX-Request"));
        Frame frame = new Frame(
                base(request),
                rawPath(request).isEmpty() ? "/" : rawPath(request),
                query == null ? "" : query,
                who,
                known,
                known
                        && !door.isLocal()
                        && router.find(Method.POST, List.of("sign-out")).isPresent(),
                door.isLocal(),
                csrf.token(request, response, known ? who.name() : ""),
                whole ? Toasts.take(request, response) : Optional.empty(),
                Cookies.theme(request),
                clock.instant(),
                assets);
        Utf8ByteOutput out = templates.render(page.template(), frame, page.model());
        response.setStatus(page.status());
        response.setContentType("text/html; charset=utf-8");
        response.setContentLength(out.getContentLength());
        if (!"HEAD".equals(request.getMethod())) {
            out.writeTo(response.getOutputStream());
        }
    }

    private static void writeBytes(
            HttpServletRequest request, HttpServletResponse response, int status, String type, byte[] bytes)
            throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(bytes.length);
        if (!"HEAD".equals(request.getMethod())) {
            response.getOutputStream().write(bytes);
        }
    }

    /**
     * What a page of ours says when there is nothing else to show.
     *
     * @param form the path of the form that was refused, to try again
     */
    public record ErrorPage(int status, String words, Optional<String> form) {
        /** What it is, in a few words. */
        public String heading() {
            return switch (status) {
                case 401 -> "Not signed in";
                case 403 -> "Not allowed";
                case 404 -> "Not found";
                case 409 -> "Refused: things have changed";
                case 422 -> "That does not fit";
                case 429 -> "Too many attempts";
                case 503 -> "The database does not answer in time";
                case 500 -> "That failed";
                default -> "That is not possible";
            };
        }
    }
}
