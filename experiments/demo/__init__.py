"""DeMo and the Deep Motif Dashboard, Lanchantin et al. 2016 and 2017."""
