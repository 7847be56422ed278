package dev.belay.dashboard.internal.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Addresses and networks of addresses, by their numbers; no name is ever looked up. Immutable. */
public final class Networks {
    private static final Pattern FOUR = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern SIX = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private final List<Network> networks;

    private Networks(List<Network> networks) {
        this.networks = networks;
    }

    private record Network(byte[] address, int bits) {
        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** These, each an address or a network like {@code 10.1.0.0/24}. */
    public static Networks of(List<String> texts) {
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("Name at least one address.");
        }
        return new Networks(texts.stream().map(Networks::network).toList());
    }

    private static Network network(String text) {
        int at = text.indexOf('/');
        Optional<byte[]> address = parse(at < 0 ? text : text.substring(0, at));
        if (address.isPresent()) {
            int most = address.get().length * 8;
            String bits = at < 0 ? Integer.toString(most) : text.substring(at + 1);
            if (bits.matches("\\d{1,3}") && Integer.parseInt(bits) >= 1 && Integer.parseInt(bits) <= most) {
                return new Network(address.get(), Integer.parseInt(bits));
            }
        }
        throw new IllegalArgumentException(
                "\"" + text + "\" is no address and no network, like 10.1.0.7, 10.1.0.0/24 or fd00::/64.");
    }

    /** Whether {@code address} is one of these. */
    public boolean contain(@Nullable String address) {
        if (address == null) {
            return false;
        }
        // A container may add the name of a network card, or brackets.
        String plain = address.replaceFirst("%.*$", "").replaceAll("[\\[\\]]", "");
        return parse(plain)
                .map(bytes -> networks.stream().anyMatch(network -> network.contains(bytes)))
                .orElse(false);
    }

    private static Optional<byte[]> parse(String text) {
        if (!FOUR.matcher(text).matches() && !SIX.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text).getAddress());
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
