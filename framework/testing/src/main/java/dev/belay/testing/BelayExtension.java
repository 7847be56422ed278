package dev.belay.testing;

import dev.belay.embedded.LocalPostgres;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a {@link SagaKit} to each test, and to its {@code @BeforeEach} and {@code @AfterEach} methods, that asks for one. All of
 * these get the same kit; the next test gets another. Usually put on a class by {@link BelayTest}.
 */
public final class BelayExtension implements ParameterResolver, AfterEachCallback {
    private static final ExtensionContext.Namespace KITS = ExtensionContext.Namespace.create(BelayExtension.class);

    /** For JUnit. */
    public BelayExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == SagaKit.class
                && test.getTestMethod().isPresent();
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return test.getStore(KITS)
                .computeIfAbsent(
                        SagaKit.class, key -> SagaKit.on(LocalPostgres.shared().dataSource()), SagaKit.class);
    }

    @Override
    public void afterEach(ExtensionContext test) {
        SagaKit kit = test.getStore(KITS).remove(SagaKit.class, SagaKit.class);
        if (kit != null) {
            kit.close();
        }
    }
}
