package dev.belay.dashboard.internal.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.Utf8ByteOutput;
import java.util.Map;

/** Renders pages. All text is escaped for where it stands; nothing that comes from data is ever taken as markup. */
final class Templates {
    private final TemplateEngine engine = TemplateEngine.createPrecompiled(ContentType.Html);

    Utf8ByteOutput render(String template, Frame frame, Object model) {
        Utf8ByteOutput out = new Utf8ByteOutput();
        engine.render(template + ".jte", Map.of("frame", frame, "page", model), out);
        return out;
    }
}
