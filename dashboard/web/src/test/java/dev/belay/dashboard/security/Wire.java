package dev.belay.dashboard.security;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Requests just as they are written, without the politeness of an HTTP client: whatever somebody could send. */
record Wire(String address, int port) {

    /** A request, which says what it says and nothing more. */
    record Request(String method, String target, List<String> headers, byte[] body) {
        static Request get(String target) {
            return new Request("GET", target, List.of(), new byte[0]);
        }

        static Request post(String target, String form) {
            return new Request("POST", target, List.of(), form.getBytes(StandardCharsets.UTF_8))
                    .with("Content-Type", "application/x-www-form-urlencoded");
        }

        static Request json(String target, String json) {
            return new Request("POST", target, List.of(), json.getBytes(StandardCharsets.UTF_8))
                    .with("Content-Type", "application/json");
        }

        Request with(String name, String value) {
            List<String> more = new ArrayList<>(headers);
            more.add(name + ": " + value);
            return new Request(method, target, more, body);
        }

        Request by(String other) {
            return new Request(other, target, headers, body);
        }
    }

    /** An answer, or what came of it in a second if it does not end. */
    record Response(int status, List<String> headers, String body) {
        List<String> all(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return headers.stream()
                    .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(header -> header.substring(prefix.length()).strip())
                    .toList();
        }

        Optional<String> header(String name) {
            return all(name).stream().findFirst();
        }

        /** The value of a cookie it sets. */
        Optional<String> cookie(String name) {
            return all("Set-Cookie").stream()
                    .filter(cookie -> cookie.startsWith(name + "="))
                    .map(cookie -> cookie.substring(name.length() + 1).split(";", 2)[0])
                    .reduce((first, last) -> last);
        }
    }

    Response send(Request request) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 5_000);
            socket.setSoTimeout(20_000);
            StringBuilder head = new StringBuilder(request.method() + " " + request.target() + " HTTP/1.1\r\n");
            boolean hasHost = request.headers().stream()
                    .anyMatch(header -> header.toLowerCase(Locale.ROOT).startsWith("host:"));
            if (!hasHost) {
                head.append("Host: 127.0.0.1:").append(port).append("\r\n");
            }
            request.headers().forEach(header -> head.append(header).append("\r\n"));
            if (request.body().length > 0 || request.method().equals("POST")) {
                head.append("Content-Length: ").append(request.body().length).append("\r\n");
            }
            head.append("Connection: close\r\n\r\n");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            out.writeBytes(request.body());
            socket.getOutputStream().write(out.toByteArray());
            socket.getOutputStream().flush();
            return read(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(request.method() + " " + request.target(), e);
        }
    }

    private static Response read(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[65_536];
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                all.write(buffer, 0, n);
                if (all.toString(StandardCharsets.ISO_8859_1).contains("event: hello")) {
                    break;
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no end after: " + all.toString(StandardCharsets.UTF_8), e);
        }
        return parse(all.toByteArray());
    }

    private static Response parse(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new AssertionError("no answer but: " + text);
        }
        List<String> lines = List.of(text.substring(0, end).split("\r\n"));
        Response head = new Response(Integer.parseInt(lines.get(0).split(" ")[1]), lines.subList(1, lines.size()), "");
        String body = text.substring(end + 4);
        if (head.header("Transfer-Encoding").filter("chunked"::equals).isPresent()) {
            body = unchunked(body);
        }
        return new Response(
                head.status(),
                head.headers(),
                new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    private static String unchunked(String body) {
        StringBuilder whole = new StringBuilder();
        int at = 0;
        while (at < body.length()) {
            int line = body.indexOf("\r\n", at);
            int size = line < 0 ? 0 : Integer.parseInt(body.substring(at, line).strip(), 16);
            if (size == 0) {
                break;
            }
            whole.append(body, line + 2, Math.min(body.length(), line + 2 + size));
            at = line + 2 + size + 2;
        }
        return whole.toString();
    }
}
