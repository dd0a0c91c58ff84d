import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple, type VariantColorsResolver } from '@mantine/core'

const brand: MantineColorsTuple = [
  '#e9edfb',
  '#d5ddf8',
  '#aebcf1',
  '#8ea4ff',
  '#6b82e6',
  '#4c66db',
  '#2f4fd0',
  '#2743b5',
  '#203894',
  '#1a2d75',
]

/** The colour of a filled control's text follows the scheme: white on blue by day, ink on light blue by night. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input)
  return input.variant === 'filled' ? { ...colors, color: 'var(--on-primary)' } : colors
}

export const theme = createTheme({
  primaryColor: 'brand',
  colors: { brand },
  defaultRadius: 'md',
  fontFamily: "'Golos Text Variable', 'Golos Fallback', system-ui, sans-serif",
  focusRing: 'auto',
  respectReducedMotion: true,
  variantColorResolver,
  components: {
    Button: { defaultProps: { variant: 'default' }, classNames: { root: 'ms-button' } },
    Input: { classNames: { input: 'ms-input' } },
    InputWrapper: { classNames: { label: 'ms-label', description: 'ms-small', error: 'ms-small' } },
    Modal: {
      defaultProps: { centered: true, radius: 'lg', padding: 24, overlayProps: { backgroundOpacity: 0.35 } },
      classNames: { content: 'ms-modal', title: 'ms-modal-title' },
    },
    Popover: { classNames: { dropdown: 'ms-pop' } },
  },
})
